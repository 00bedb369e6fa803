import type { ReactNode } from "react";
import { cn } from "@/lib/cn";
import { isPlainClick } from "./row-keys";

interface RowLinkProps {
  href: string;
  isReachable: boolean;
  onNavigate: ((href: string) => void) | undefined;
  className?: string;
  children: ReactNode;
}

/** A real link that covers its row: it can be opened in another tab, copied, and read aloud as what it is. */
export function RowLink({ href, isReachable, onNavigate, className, children }: RowLinkProps) {
  return (
    <a
      data-row-focus
      href={href}
      tabIndex={isReachable ? 0 : -1}
      onClick={(event) => {
        if (!onNavigate || !isPlainClick(event)) return;
        event.preventDefault();
        onNavigate(href);
      }}
      className={cn("outline-none after:absolute after:inset-0", className)}
    >
      {children}
    </a>
  );
}
