import { type ReactNode, useId } from "react";
import { cn } from "@/lib/cn";

interface FieldControl {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
}

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: ReactNode;
  className?: string;
  /** Renders the control with the attributes that tie it to its label, hint and error. */
  children: (control: FieldControl) => ReactNode;
}

/** A labelled control with its hint; an error takes the hint's place and is announced. */
export function Field({ label, hint, error, className, children }: FieldProps) {
  const id = useId();
  const noteId = `${id}-note`;
  return (
    <div className={cn("grid grid-cols-[minmax(0,1fr)] gap-1.5", className)}>
      <label htmlFor={id} className="text-[0.8125rem] font-medium">
        {label}
      </label>
      {children({
        id,
        "aria-describedby": error || hint ? noteId : undefined,
        "aria-invalid": error ? true : undefined,
      })}
      <div
        id={noteId}
        aria-live="polite"
        // Room for a line, so that what stands below does not jump when a message comes; and room below a longer one.
        className={cn("min-h-6 pb-1 text-[0.8125rem]/5 text-pretty", error ? "text-danger" : "text-muted-foreground")}
      >
        {error || hint}
      </div>
    </div>
  );
}
