import { Trans, useLingui } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import { type ApiError, asApiError } from "@/api/problem";
import type { Passkey } from "@/api/schema";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { renamePasskey } from "./queries";

interface RenamePasskeyProps {
  passkey: Passkey | null;
  onClose: () => void;
  onRenamed: () => Promise<void>;
}

/** Gives a passkey another name. */
export function RenamePasskey({ passkey, onClose, onRenamed }: RenamePasskeyProps) {
  const { t } = useLingui();
  return (
    <Dialog open={passkey !== null} onOpenChange={(open) => !open && onClose()}>
      <DialogContent>
        <DialogTitle>{t`Rename the passkey`}</DialogTitle>
        <DialogDescription>
          <Trans>By which you know it among others, such as “Phone”.</Trans>
        </DialogDescription>
        {passkey && <NameForm passkey={passkey} onClose={onClose} onRenamed={onRenamed} />}
      </DialogContent>
    </Dialog>
  );
}

function NameForm({ passkey, onClose, onRenamed }: RenamePasskeyProps & { passkey: Passkey }) {
  const { t } = useLingui();
  const [name, setName] = useState(passkey.name);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await renamePasskey(passkey.id, name.trim());
      await onRenamed();
      onClose();
    } catch (thrown) {
      setError(asApiError(thrown));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit} noValidate className="mt-4 grid grid-cols-[minmax(0,1fr)] gap-2">
      <Field label={t`Name`} error={error?.fieldErrors.name && t`One to a hundred letters, none of them hidden.`}>
        {(control) => (
          <Input
            {...control}
            value={name}
            onChange={(event) => setName(event.target.value)}
            maxLength={100}
            autoFocus
          />
        )}
      </Field>
      <ProblemNotice error={error} fields={["name"]} />
      <div className="mt-2 flex flex-wrap-reverse justify-end gap-2">
        <Button onClick={onClose}>{t`Cancel`}</Button>
        <Button type="submit" variant="primary" busy={busy}>{t`Rename`}</Button>
      </div>
    </form>
  );
}
