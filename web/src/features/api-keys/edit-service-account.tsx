import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import type { ServiceAccount } from "@/api/schema";
import { changeOf } from "@/components/form/change-of";
import { DialogForm, FormDialog } from "@/components/form/dialog-form";
import { useEdit } from "@/components/form/use-edit";
import { serviceAccountQuery } from "@/features/directory/queries";
import { SERVICE_ACCOUNTS } from "@/lib/query-keys";
import { ACCOUNT_FIELDS, ServiceAccountFields, type TypedAccount, useAccountLabels } from "./service-account-form";
import { changeServiceAccount } from "./service-account-queries";

interface EditServiceAccountProps {
  account: ServiceAccount;
  open: boolean;
  onClose: () => void;
}

/** Changes what a service account is called, and what it is for. */
export function EditServiceAccountDialog({ account, open, onClose }: EditServiceAccountProps) {
  const { t } = useLingui();
  const { name } = account;
  return (
    <FormDialog
      open={open}
      onClose={onClose}
      title={t`The service account ${name}`}
      description={
        <Trans>Its keys and what it may stay as they are. The audit log keeps what stood there before.</Trans>
      }
    >
      <EditForm account={account} onClose={onClose} />
    </FormDialog>
  );
}

const textsOf = ({ name, description }: ServiceAccount): TypedAccount => ({ name, description: description ?? "" });

function EditForm({ account, onClose }: Omit<EditServiceAccountProps, "open">) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const labels = useAccountLabels();
  const look = () => queryClient.fetchQuery({ ...serviceAccountQuery(account.id), staleTime: 0 });
  const edit = useEdit(account, textsOf, look);
  const { before, typed } = edit;
  const send = async () => {
    const change = changeOf(before, typed);
    if (Object.keys(change).length === 0) return;
    await changeServiceAccount(before, change);
    return { told: t`The service account is changed` };
  };
  return (
    <DialogForm
      action={t`Save`}
      fields={ACCOUNT_FIELDS}
      keys={[SERVICE_ACCOUNTS]}
      isWhole={typed.name.trim() !== ""}
      send={send}
      onClose={onClose}
      edited={{ edit, labels }}
    >
      {(state) => <ServiceAccountFields typed={typed} onChange={edit.setTyped} {...state} />}
    </DialogForm>
  );
}
