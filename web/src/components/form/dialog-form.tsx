import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { ApiError } from "@/api/problem";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { notify } from "@/lib/notify";
import { Form, FormFoot } from "./form";
import { Overtaken, type OvertakenProps } from "./overtaken";
import type { Edit } from "./use-edit";
import { useOver } from "./use-over";
import { useSubmit } from "./use-submit";

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
  /** What is read anew once it was sent, and where somebody else has changed it meanwhile. */
  keys: readonly QueryKey[];
  /** Whether all is given that has to be; what is missing is told once it was tried. */
  isWhole?: boolean;
  /** Sends it; nothing came of it where there was nothing to change. What it throws is shown, and the dialog stays. */
  send: () => Promise<Sent | undefined>;
  onClose: () => void;
  /** Two fields abreast where there is room. */
  wide?: boolean;
  /** What leads on from a refusal. */
  wayOn?: (error: ApiError) => ReactNode;
  /** What is sent is a change of this; `labels` say what its fields are called. Where somebody else was there first, both versions are shown. */
  edited?: { edit: OvertakenProps["edit"] & Pick<Edit<unknown, object>, "over">; labels: OvertakenProps["labels"] };
  children: (state: { error: ApiError | null; checked: boolean }) => ReactNode;
}

/** A form of such a dialog: sends what was given, and says why that could not be done. */
export function DialogForm(props: DialogFormProps) {
  const { action, fields, keys, isWhole = true, send, onClose, wide = false, wayOn, edited, children } = props;
  const queryClient = useQueryClient();
  const over = useOver(keys);
  const order = async () => {
    const sent = await over(() => (edited ? edited.edit.over(send) : send()));
    if (sent) {
      notify({ type: "success", title: sent.told });
      await Promise.all(keys.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
    }
    onClose();
    sent?.follow?.();
  };
  const submission = useSubmit(order, isWhole);
  const { error, tried } = submission;
  const isOvertaken = edited?.edit.theirs !== undefined;
  return (
    <Form submission={submission} wide={wide}>
      {children({ error, checked: tried })}
      {edited && <Overtaken {...edited} onDecided={submission.clear} />}
      <FormFoot
        submission={isOvertaken ? { ...submission, error: null } : submission}
        fields={fields}
        action={action}
        onCancel={onClose}
        wayOn={error && wayOn?.(error)}
      />
    </Form>
  );
}
