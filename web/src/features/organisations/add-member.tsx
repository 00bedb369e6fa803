import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { type ApiError, asApiError } from "@/api/problem";
import type { Organisation, User } from "@/api/schema";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { notify } from "@/lib/notify";
import { FindUser } from "./find-user";
import { addMember } from "./member-queries";
import { ORGANISATIONS } from "./queries";

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
    <Dialog open={open} onOpenChange={(next) => !next && onClose()}>
      <DialogContent>
        <DialogTitle>{t`Add a member to ${name}`}</DialogTitle>
        <DialogDescription>
          <Trans>They belong to it at once, without being asked. Who is invited instead can decline.</Trans>
        </DialogDescription>
        {open && <AddForm organisation={organisation} onClose={onClose} />}
      </DialogContent>
    </Dialog>
  );
}

function AddForm({ organisation, onClose }: Omit<AddMemberProps, "open">) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const [user, setUser] = useState<User | null>(null);
  const [checked, setChecked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setChecked(true);
    if (busy || user === null) return;
    setBusy(true);
    setError(null);
    try {
      await addMember(organisation.id, user.id);
      notify({ type: "success", title: t`The member is added` });
      await queryClient.invalidateQueries({ queryKey: ORGANISATIONS });
      onClose();
    } catch (thrown) {
      setError(asApiError(thrown));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit} noValidate className="mt-4 grid grid-cols-[minmax(0,1fr)]">
      <FindUser
        chosen={user}
        onChoose={setUser}
        error={checked && user === null ? t`Choose somebody who was found.` : undefined}
      />
      <ProblemNotice error={error} fields={[]} />
      <div className="mt-2 flex flex-wrap-reverse justify-end gap-2">
        <Button onClick={onClose}>{t`Cancel`}</Button>
        <Button type="submit" variant="primary" busy={busy}>{t`Add`}</Button>
      </div>
    </form>
  );
}
