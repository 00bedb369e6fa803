import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { type ApiError, asApiError } from "@/api/problem";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
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
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await createServiceAccount({
        name: name.trim(),
        ...(description.trim() && { description: description.trim() }),
      });
      notify({ type: "success", title: t`The service account is made` });
      await queryClient.invalidateQueries({ queryKey: SERVICE_ACCOUNTS });
      onClose();
    } catch (thrown) {
      setError(asApiError(thrown));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit} noValidate className="mt-4 grid grid-cols-[minmax(0,1fr)]">
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
      <ProblemNotice error={error} fields={["name", "description"]} />
      <div className="mt-2 flex flex-wrap-reverse justify-end gap-2">
        <Button onClick={onClose}>{t`Cancel`}</Button>
        <Button type="submit" variant="primary" busy={busy}>{t`Make the service account`}</Button>
      </div>
    </form>
  );
}
