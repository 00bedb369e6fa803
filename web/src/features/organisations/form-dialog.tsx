import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { type ApiError, asApiError } from "@/api/problem";
import { Form, FormFoot } from "@/components/form/form";
import { useSubmit } from "@/components/form/use-submit";
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
  const queryClient = useQueryClient();
  const refreshed = () => queryClient.invalidateQueries({ queryKey: ORGANISATIONS });
  const order = async () => {
    try {
      const sent = await send();
      if (sent) {
        notify({ type: "success", title: sent.told });
        await refreshed();
      }
      onClose();
      sent?.follow?.();
    } catch (thrown) {
      // The page behind shows what it was changed to; opened again, so does the form.
      if (asApiError(thrown).problem.status === 412) await refreshed();
      throw thrown;
    }
  };
  const submission = useSubmit(order, isWhole);
  const { error, tried } = submission;
  return (
    <Form submission={submission}>
      {children({ error, checked: tried })}
      <FormFoot submission={submission} fields={fields} action={action} onCancel={onClose} />
    </Form>
  );
}
