import type { ReactNode } from "react";
import { useId } from "react";
import { Card } from "@/components/ui/card";

interface PageSectionProps {
  title: string;
  /** What leads on from here. */
  action?: ReactNode;
  children: ReactNode;
}

/** A part of a page with a heading of its own, in a card. */
export function PageSection({ title, action, children }: PageSectionProps) {
  const headingId = useId();
  return (
    <section aria-labelledby={headingId} className="mt-2">
      <div className="mb-2 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h2 id={headingId} className="font-semibold tracking-tight">
          {title}
        </h2>
        {action}
      </div>
      <Card className="overflow-hidden">{children}</Card>
    </section>
  );
}

/** Says that there is nothing. */
export function Nothing({ children }: { children: ReactNode }) {
  return <p className="px-4 py-6 text-center text-muted-foreground">{children}</p>;
}
