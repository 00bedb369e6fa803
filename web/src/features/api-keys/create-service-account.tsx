import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { DialogForm, FormDialog } from "@/components/form/dialog-form";
import { SERVICE_ACCOUNTS } from "@/lib/query-keys";
import { ACCOUNT_FIELDS, ServiceAccountFields, type TypedAccount } from "./service-account-form";
import { createServiceAccount } from "./service-account-queries";

interface CreateServiceAccountProps {
  open: boolean;
  onClose: () => void;
}

/** Makes a service account. */
export function CreateServiceAccountDialog({ open, onClose }: CreateServiceAccountProps) {
  const { t } = useLingui();
  return (
    <FormDialog
      open={open}
      onClose={onClose}
      title={t`A new service account`}
      description={
        <Trans>A program of its own, that may what it is given. Nobody signs in as one; it calls with API keys.</Trans>
      }
    >
      <CreateForm onClose={onClose} />
    </FormDialog>
  );
}

function CreateForm({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const [typed, setTyped] = useState<TypedAccount>({ name: "", description: "" });
  const [name, description] = [typed.name.trim(), typed.description.trim()];
  const send = async () => {
    await createServiceAccount({ name, ...(description && { description }) });
    return { told: t`The service account is made` };
  };
  return (
    <DialogForm
      action={t`Make the service account`}
      fields={ACCOUNT_FIELDS}
      keys={[SERVICE_ACCOUNTS]}
      isWhole={name !== ""}
      send={send}
      onClose={onClose}
    >
      {(state) => <ServiceAccountFields typed={typed} onChange={setTyped} {...state} />}
    </DialogForm>
  );
}
