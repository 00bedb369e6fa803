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
    <div className={cn("grid grid-cols-[minmax(0,1fr)] content-start gap-1.5", className)}>
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
        // Room below the field, which is all there is between two of them; a note takes most of it, so that what stands below
        // hardly moves when a message comes, and keeps its distance from the next label.
        className={cn(
          "min-h-5 text-[0.8125rem]/5 text-pretty",
          error || hint ? "pb-3" : undefined,
          error ? "text-danger" : "text-muted-foreground",
        )}
      >
        {error || hint}
      </div>
    </div>
  );
}
