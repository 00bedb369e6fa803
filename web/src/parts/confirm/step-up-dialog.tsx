import { type FormEvent, type ReactNode, useRef, useState } from "react";
import { type ApiError, asApiError } from "@/api/problem";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { PasswordInput } from "@/components/ui/password-input";
import type { StepUp } from "./step-up";
import { useWords } from "./words";

/**
 * A way to ask for the password in between, for `ConfirmDialog.onStepUp`.
 *
 * @param check proves the password to the server; what it throws is shown, and the password can be entered again
 * @returns how to ask, and the dialog, which the page shows beside its others
 */
export function useStepUp(check: (password: string) => Promise<unknown>): [ask: StepUp, dialog: ReactNode] {
  const answer = useRef<(done: boolean) => void>(undefined);
  const [open, setOpen] = useState(false);
  const end = (done: boolean) => {
    setOpen(false);
    answer.current?.(done);
    answer.current = undefined;
  };
  const ask: StepUp = () =>
    new Promise((resolve) => {
      // Two that ask at once are one question less: the first is called off.
      answer.current?.(false);
      answer.current = resolve;
      setOpen(true);
    });
  return [ask, <StepUpDialog key="step-up" open={open} check={check} onEnd={end} />];
}

interface StepUpDialogProps {
  open: boolean;
  check: (password: string) => Promise<unknown>;
  onEnd: (done: boolean) => void;
}

function StepUpDialog({ open, check, onEnd }: StepUpDialogProps) {
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onEnd(false)}>
      <DialogContent>
        <PasswordForm check={check} onEnd={onEnd} />
      </DialogContent>
    </Dialog>
  );
}

function PasswordForm({ check, onEnd }: Omit<StepUpDialogProps, "open">) {
  const words = useWords();
  const [password, setPassword] = useState("");
  const [checked, setChecked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    // React hands the event on to the form that the dialog was opened from, although it stands elsewhere in the document.
    event.stopPropagation();
    setChecked(true);
    if (password === "" || busy) return;
    setBusy(true);
    setError(null);
    try {
      await check(password);
      onEnd(true);
    } catch (thrown) {
      setError(asApiError(thrown));
      setBusy(false);
    }
  };
  const missing = checked && password === "" ? words.passwordMissing : undefined;
  return (
    <form onSubmit={submit} noValidate>
      <DialogTitle>{words.stepUpTitle}</DialogTitle>
      <DialogDescription>{words.stepUpText}</DialogDescription>
      <Field label={words.password} error={missing ?? error?.fieldErrors.password} className="mt-4">
        {(control) => (
          <PasswordInput
            {...control}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
            autoComplete="current-password"
          />
        )}
      </Field>
      <ProblemNotice error={error} fields={["password"]} />
      <div className="mt-4 flex flex-wrap-reverse justify-end gap-2">
        <Button onClick={() => onEnd(false)}>{words.cancel}</Button>
        <Button type="submit" variant="primary" busy={busy}>
          {words.stepUpAction}
        </Button>
      </div>
    </form>
  );
}
