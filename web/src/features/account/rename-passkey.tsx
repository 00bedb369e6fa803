import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import type { Passkey } from "@/api/schema";
import { Form, FormFoot } from "@/components/form/form";
import { useSubmit } from "@/components/form/use-submit";
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
  const send = async () => {
    await renamePasskey(passkey.id, name.trim());
    await onRenamed();
    onClose();
  };
  const isNamed = name.trim() !== "";
  const submission = useSubmit(send, isNamed);
  const { error, tried } = submission;
  return (
    <Form submission={submission}>
      <Field
        label={t`Name`}
        error={
          tried && !isNamed
            ? t`The name is missing.`
            : error?.fieldErrors.name && t`One to a hundred letters, none of them hidden.`
        }
      >
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
      <FormFoot submission={submission} fields={["name"]} action={t`Rename`} onCancel={onClose} />
    </Form>
  );
}
