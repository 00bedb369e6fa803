import { useLingui } from "@lingui/react/macro";
import type { MouseEvent, ReactNode } from "react";
import type { ApiError } from "@/api/problem";
import type { ConsoleFlow, ConsoleStep } from "@/api/schema";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import type { StepName } from "./session";

/** What a step is shown with. */
export interface StepProps {
  flow: ConsoleFlow;
  error: ApiError | null;
  busy: boolean;
  /** Does a step; a function gives what a browser has to be asked for first. */
  send: (step: StepName, given: ConsoleStep | (() => Promise<ConsoleStep>)) => void;
  /** What stands beside the button. */
  beside: ReactNode;
}

export const STEP_FORM = "grid grid-cols-[minmax(0,1fr)] gap-2";

interface StepFootProps extends Pick<StepProps, "error" | "busy" | "beside"> {
  fields: string[];
  /** On the button. */
  action?: string;
}

/** What is wrong with a step, and its button. */
export function StepFoot({ error, fields, busy, beside, action }: StepFootProps) {
  const { t } = useLingui();
  const button = (
    <Button type="submit" variant="primary" busy={busy}>
      {action ?? t`Go on`}
    </Button>
  );
  return (
    <>
      <ProblemNotice error={error} fields={fields} />
      {beside ? (
        <div className="mt-2 flex flex-wrap-reverse justify-end gap-2">
          {beside}
          {button}
        </div>
      ) : (
        button
      )}
    </>
  );
}

interface OtherWayProps {
  onClick: (event: MouseEvent<HTMLButtonElement>) => void;
  children: ReactNode;
}

/** Another way to do a step. */
export function OtherWay({ onClick, children }: OtherWayProps) {
  return (
    <button
      type="button"
      className="justify-self-start text-left text-[0.8125rem] text-muted-foreground underline underline-offset-2 hover:text-foreground"
      onClick={onClick}
    >
      {children}
    </button>
  );
}

/** Whether the box in this form is ticked that trusts the browser. */
export const isTrusting = (form: HTMLFormElement | null) => form !== null && new FormData(form).has("trust");

/** Trusts this browser, where it can be. */
export function TrustBox({ flow, words }: { flow: ConsoleFlow; words: (days: number) => string }) {
  if (typeof flow.trust_days !== "number") return null;
  return (
    <label className="flex items-start gap-2.5 py-1 text-[0.8125rem]">
      <input type="checkbox" name="trust" className="mt-0.5 size-4 shrink-0 accent-primary" />
      {words(flow.trust_days)}
    </label>
  );
}
