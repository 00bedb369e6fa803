import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Form, FormFoot } from "@/components/form/form";
import { useSubmit } from "@/components/form/use-submit";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { notify } from "@/lib/notify";
import { createServiceAccount, SERVICE_ACCOUNTS } from "./service-account-queries";

interface CreateServiceAccountProps {
  open: boolean;
  onClose: () => void;
}

/** Makes a service account. */
export function CreateServiceAccountDialog({ open, onClose }: CreateServiceAccountProps) {
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()}>
      <DialogContent>
        <DialogTitle>
          <Trans>A new service account</Trans>
        </DialogTitle>
        <DialogDescription>
          <Trans>
            A program of its own, that may what it is given. Nobody signs in as one; it calls with API keys.
          </Trans>
        </DialogDescription>
        {open && <CreateForm onClose={onClose} />}
      </DialogContent>
    </Dialog>
  );
}

function CreateForm({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const send = async () => {
    await createServiceAccount({
      name: name.trim(),
      ...(description.trim() && { description: description.trim() }),
    });
    notify({ type: "success", title: t`The service account is made` });
    await queryClient.invalidateQueries({ queryKey: SERVICE_ACCOUNTS });
    onClose();
  };
  const submission = useSubmit(send);
  const { error } = submission;
  return (
    <Form submission={submission}>
      <Field label={t`Name`} error={error?.fieldErrors.name && t`On one line, without letters that cannot be seen.`}>
        {(control) => (
          <Input
            {...control}
            value={name}
            onChange={(event) => setName(event.target.value)}
            maxLength={200}
            autoComplete="off"
            autoFocus
          />
        )}
      </Field>
      <Field
        label={t`What it is for`}
        error={error?.fieldErrors.description && t`On one line, without letters that cannot be seen.`}
      >
        {(control) => (
          <Input
            {...control}
            value={description}
            onChange={(event) => setDescription(event.target.value)}
            maxLength={1000}
          />
        )}
      </Field>
      <FormFoot
        submission={submission}
        fields={["name", "description"]}
        action={t`Make the service account`}
        onCancel={onClose}
      />
    </Form>
  );
}
