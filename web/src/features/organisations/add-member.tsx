import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import type { Organisation, User } from "@/api/schema";
import { DialogForm, FormDialog } from "@/components/form/dialog-form";
import { FindUser } from "@/features/directory/find-user";
import { ORGANISATIONS } from "@/lib/query-keys";
import { addMember } from "./member-queries";

interface AddMemberProps {
  organisation: Organisation;
  open: boolean;
  onClose: () => void;
}

/** Makes somebody a member without asking them, as who runs the platform may. */
export function AddMemberDialog({ organisation, open, onClose }: AddMemberProps) {
  const { t } = useLingui();
  const { name } = organisation;
  return (
    <FormDialog
      open={open}
      onClose={onClose}
      title={t`Add a member to ${name}`}
      description={<Trans>They belong to it at once, without being asked. Who is invited instead can decline.</Trans>}
    >
      <AddForm organisation={organisation} onClose={onClose} />
    </FormDialog>
  );
}

function AddForm({ organisation, onClose }: Omit<AddMemberProps, "open">) {
  const { t } = useLingui();
  const [user, setUser] = useState<User | null>(null);
  const send = async () => {
    if (user === null) return;
    await addMember(organisation.id, user.id);
    return { told: t`The member is added` };
  };
  return (
    <DialogForm
      keys={[ORGANISATIONS]}
      action={t`Add`}
      fields={[]}
      isWhole={user !== null}
      send={send}
      onClose={onClose}
    >
      {({ checked }) => (
        <FindUser
          chosen={user}
          onChoose={setUser}
          error={checked && user === null ? t`Choose somebody who was found.` : undefined}
        />
      )}
    </DialogForm>
  );
}
