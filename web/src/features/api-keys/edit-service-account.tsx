import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ServiceAccount, UpdateServiceAccount } from "@/api/schema";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { notify } from "@/lib/notify";
import { ServiceAccountForm, type TypedAccount } from "./service-account-form";
import { changeServiceAccount, SERVICE_ACCOUNTS } from "./service-account-queries";

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
    <Dialog open={open} onOpenChange={(next) => !next && onClose()}>
      <DialogContent>
        <DialogTitle>{t`The service account ${name}`}</DialogTitle>
        <DialogDescription>
          <Trans>Its keys and what it may stay as they are. The audit log keeps what stood there before.</Trans>
        </DialogDescription>
        {open && <EditForm account={account} onClose={onClose} />}
      </DialogContent>
    </Dialog>
  );
}

/** What was changed; a description that was emptied is cleared. */
function changeOf(before: ServiceAccount, { name, description }: TypedAccount): UpdateServiceAccount {
  const described = description || null;
  return {
    ...(name !== before.name && { name }),
    ...(described !== before.description && { description: described }),
  };
}

function EditForm({ account, onClose }: { account: ServiceAccount; onClose: () => void }) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  // As the form was opened: what comes in meanwhile is not overwritten unseen.
  const [before] = useState(account);
  const send = async (typed: TypedAccount) => {
    const change = changeOf(before, typed);
    if (Object.keys(change).length === 0) return;
    await changeServiceAccount(before, change);
    notify({ type: "success", title: t`The service account is changed` });
    await queryClient.invalidateQueries({ queryKey: SERVICE_ACCOUNTS });
  };
  const { name, description } = before;
  return (
    <ServiceAccountForm
      before={{ name, description: description ?? "" }}
      action={t`Save`}
      send={send}
      onClose={onClose}
    />
  );
}
