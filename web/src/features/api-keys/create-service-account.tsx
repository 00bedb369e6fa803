import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { notify } from "@/lib/notify";
import { ServiceAccountForm, type TypedAccount } from "./service-account-form";
import { createServiceAccount, SERVICE_ACCOUNTS } from "./service-account-queries";

interface CreateServiceAccountProps {
  open: boolean;
  onClose: () => void;
}

const NOTHING: TypedAccount = { name: "", description: "" };

/** Makes a service account. */
export function CreateServiceAccountDialog({ open, onClose }: CreateServiceAccountProps) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const send = async ({ name, description }: TypedAccount) => {
    await createServiceAccount({ name, ...(description && { description }) });
    notify({ type: "success", title: t`The service account is made` });
    await queryClient.invalidateQueries({ queryKey: SERVICE_ACCOUNTS });
  };
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
        {open && (
          <ServiceAccountForm before={NOTHING} action={t`Make the service account`} send={send} onClose={onClose} />
        )}
      </DialogContent>
    </Dialog>
  );
}
