import { useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { type ApiError, asApiError } from "@/api/problem";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { notify } from "@/lib/notify";
import { ORGANISATIONS } from "./queries";

interface FormDialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  description: ReactNode;
  /** The form; each opening begins with a new one. */
  children: ReactNode;
}

/** A dialog that holds a form. */
export function FormDialog({ open, onClose, title, description, children }: FormDialogProps) {
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()}>
      <DialogContent>
        <DialogTitle>{title}</DialogTitle>
        <DialogDescription>{description}</DialogDescription>
        {open && children}
      </DialogContent>
    </Dialog>
  );
}

/** What came of sending a form. */
interface Sent {
  /** What is told in passing. */
  told: string;
  /** Goes where that leads, once the dialog is closed. */
  follow?: () => void;
}

interface DialogFormProps {
  /** The verb on the button. */
  action: string;
  /** Those of the fields that say themselves what is wrong with them. */
  fields: readonly string[];
  /** Whether all is given that has to be; what is missing is told once it was tried. */
  isWhole?: boolean;
  /** Sends it; nothing came of it where there was nothing to change. What it throws is shown, and the dialog stays. */
  send: () => Promise<Sent | undefined>;
  onClose: () => void;
  children: (state: { error: ApiError | null; checked: boolean }) => ReactNode;
}

/** A form of such a dialog: sends what was given about organisations, and says why that could not be done. */
export function DialogForm({ action, fields, isWhole = true, send, onClose, children }: DialogFormProps) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const [checked, setChecked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const refreshed = () => queryClient.invalidateQueries({ queryKey: ORGANISATIONS });
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setChecked(true);
    if (busy || !isWhole) return;
    setBusy(true);
    setError(null);
    try {
      const sent = await send();
      if (sent) {
        notify({ type: "success", title: sent.told });
        await refreshed();
      }
      onClose();
      sent?.follow?.();
    } catch (thrown) {
      const problem = asApiError(thrown);
      setError(problem);
      setBusy(false);
      // The page behind shows what it was changed to; opened again, so does the form.
      if (problem.problem.status === 412) await refreshed();
    }
  };
  return (
    <form onSubmit={submit} noValidate className="mt-4 grid grid-cols-[minmax(0,1fr)]">
      {children({ error, checked })}
      <ProblemNotice error={error} fields={fields} />
      <div className="mt-2 flex flex-wrap-reverse justify-end gap-2">
        <Button onClick={onClose}>{t`Cancel`}</Button>
        <Button type="submit" variant="primary" busy={busy}>
          {action}
        </Button>
      </div>
    </form>
  );
}
