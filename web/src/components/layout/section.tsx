import { type ReactNode, useId } from "react";
import { Card } from "@/components/ui/card";

interface SectionProps {
  title: string;
  /** Beside the title, such as a status. */
  mark?: ReactNode;
  /** Whether it holds a list, whose rows have their own room. */
  isList?: boolean;
  children: ReactNode;
}

/** A part of the page. */
export function Section({ title, mark, isList = false, children }: SectionProps) {
  const headingId = useId();
  return (
    <section aria-labelledby={headingId} className="max-w-2xl">
      <div className="mb-2 flex flex-wrap items-center gap-3">
        <h2 id={headingId} className="font-semibold tracking-tight">
          {title}
        </h2>
        {mark}
      </div>
      <Card className={isList ? "overflow-hidden" : "grid grid-cols-[minmax(0,1fr)] gap-4 p-4 sm:p-5"}>{children}</Card>
    </section>
  );
}
