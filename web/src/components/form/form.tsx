import { useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import type { Submission } from "./use-submit";

interface FormProps {
  submission: Submission;
  /** Two fields abreast where there is room. */
  wide?: boolean;
  className?: string;
  children: ReactNode;
}

/** The fields of a dialog's form, and its foot: one rhythm for all of them. The room below a field is the field's own. */
export function Form({ submission, wide = false, className, children }: FormProps) {
  return (
    <form
      onSubmit={submission.onSubmit}
      noValidate
      className={cn("mt-4 grid grid-cols-[minmax(0,1fr)] gap-x-4", wide && "sm:grid-cols-2", className)}
    >
      {children}
    </form>
  );
}

interface FormFootProps {
  submission: Submission;
  /** The fields that the form shows: what stands at them is not told twice. */
  fields: readonly string[];
  /** The verb on the button that sends it. */
  action: string;
  /** Nothing to go back to when left out. */
  onCancel?: () => void;
  /** What leads on from a refusal. */
  wayOn?: ReactNode;
}

/** What was refused, and the way back and on; over the whole width. */
export function FormFoot({ submission: { busy, error }, fields, action, onCancel, wayOn }: FormFootProps) {
  const { t } = useLingui();
  return (
    <div className="col-span-full grid grid-cols-[minmax(0,1fr)] gap-4">
      <ProblemNotice error={error} fields={fields} wayOn={wayOn} />
      <div className="flex flex-wrap-reverse justify-end gap-2">
        {onCancel && <Button onClick={onCancel}>{t`Cancel`}</Button>}
        <Button type="submit" variant="primary" busy={busy}>
          {action}
        </Button>
      </div>
    </div>
  );
}

interface FieldGroupProps {
  legend: string;
  error?: string | undefined;
  /** Ties the error to the group. */
  id: string;
  children: ReactNode;
}

/** Several boxes or buttons of one meaning, with the room of a field. */
export function FieldGroup({ legend, error, id, children }: FieldGroupProps) {
  return (
    <fieldset aria-describedby={error ? `${id}-error` : undefined} className="col-span-full mb-5 min-w-0">
      <legend className="mb-1.5 text-[0.8125rem] font-medium">{legend}</legend>
      {children}
      {error && (
        <p id={`${id}-error`} className="mt-1.5 text-[0.8125rem] text-danger">
          {error}
        </p>
      )}
    </fieldset>
  );
}

/** A box with its words beside it, over the whole width, with the room of a field. */
export function CheckLine({ htmlFor, children }: { htmlFor: string; children: ReactNode }) {
  return (
    <label htmlFor={htmlFor} className="col-span-full mb-5 flex items-center gap-2 text-sm">
      {children}
    </label>
  );
}
