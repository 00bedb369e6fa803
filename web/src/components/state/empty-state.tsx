import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

interface EmptyStateProps {
  icon: LucideIcon;
  title: string;
  /** `h1` where this is all that the page shows. */
  heading?: "h1" | "h2";
  /** Why there is nothing, and what would change that. */
  children: ReactNode;
  action?: ReactNode;
}

export function EmptyState({ icon: Icon, title, heading: Heading = "h2", children, action }: EmptyStateProps) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center px-6 py-16 text-center">
      <div className="mb-4 grid size-11 place-items-center rounded-xl border bg-card text-muted-foreground shadow-xs">
        <Icon aria-hidden className="size-5" strokeWidth={1.75} />
      </div>
      <Heading className="text-[0.9375rem] font-semibold tracking-tight">{title}</Heading>
      <div className="mt-1.5 text-balance text-muted-foreground">{children}</div>
      {action && <div className="mt-5">{action}</div>}
    </div>
  );
}
