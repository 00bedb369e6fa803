import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { type ApiError, asApiError } from "@/api/problem";
import type { User } from "@/api/schema";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { notify } from "@/lib/notify";
import { changeProfile, type ProfileChange } from "./queries";
import { userName } from "./user-texts";

interface EditUserProps {
  user: User;
  open: boolean;
  onClose: () => void;
}

/** Changes what stands in a user's profile. */
export function EditUser({ user, open, onClose }: EditUserProps) {
  const { t } = useLingui();
  const name = userName(user);
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()}>
      <DialogContent>
        <DialogTitle>{t`The profile of ${name}`}</DialogTitle>
        <DialogDescription>
          <Trans>What is left empty is cleared. The audit log keeps what stood there before.</Trans>
        </DialogDescription>
        {open && <ProfileForm user={user} onClose={onClose} />}
      </DialogContent>
    </Dialog>
  );
}

const CLEARABLE = ["display_name", "first_name", "last_name", "bio"] as const;
const NEEDED = ["locale", "timezone"] as const;
const FIELDS = [...CLEARABLE, ...NEEDED];
type Name = (typeof FIELDS)[number];
/** How many letters the server takes. */
const LONGEST: Record<Name, number> = {
  display_name: 200,
  first_name: 100,
  last_name: 100,
  bio: 2000,
  locale: 10,
  timezone: 50,
};

/** What was changed of a profile; a text that was emptied is cleared. */
function changeOf(user: User, typed: Readonly<Record<Name, string>>): ProfileChange {
  const change: ProfileChange = {};
  for (const name of CLEARABLE) {
    if (typed[name].trim() !== (user[name] ?? "")) change[name] = typed[name].trim() || null;
  }
  for (const name of NEEDED) {
    if (typed[name].trim() !== user[name]) change[name] = typed[name].trim();
  }
  return change;
}

function ProfileForm({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  // As the form was opened: what comes in meanwhile changes nothing under somebody's hands, and is not overwritten unseen.
  const [before] = useState(user);
  const [typed, setTyped] = useState(
    () => Object.fromEntries(FIELDS.map((name) => [name, user[name] ?? ""])) as Record<Name, string>,
  );
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const labels: Record<Name, string> = {
    display_name: t`Name to show`,
    first_name: t`First name`,
    last_name: t`Last name`,
    bio: t`About`,
    locale: t`Language`,
    timezone: t`Time zone`,
  };
  const nameFault = t`On one line, without letters that cannot be seen.`;
  const faults: Record<Name, string> = {
    display_name: nameFault,
    first_name: nameFault,
    last_name: nameFault,
    bio: t`At most 2,000 letters.`,
    locale: t`This is no language tag.`,
    timezone: t`There is no such time zone.`,
  };
  const hints: Partial<Record<Name, string>> = { locale: t`Such as en or pt-BR`, timezone: t`Such as Europe/Berlin` };
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const change = changeOf(before, typed);
    if (Object.keys(change).length === 0) return onClose();
    setBusy(true);
    setError(null);
    try {
      await changeProfile(before.id, before.version, change);
      notify({ type: "success", title: t`The profile is changed` });
      await queryClient.invalidateQueries({ queryKey: ["users"] });
      onClose();
    } catch (thrown) {
      setError(asApiError(thrown));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit} noValidate className="mt-4 grid grid-cols-[minmax(0,1fr)] gap-x-4 sm:grid-cols-2">
      {FIELDS.map((name) => (
        <Field key={name} label={labels[name]} hint={hints[name]} error={error?.fieldErrors[name] && faults[name]}>
          {(control) => (
            <Input
              {...control}
              maxLength={LONGEST[name]}
              value={typed[name]}
              onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
              autoFocus={name === FIELDS[0]}
            />
          )}
        </Field>
      ))}
      <div className="grid gap-2 sm:col-span-2">
        <ProblemNotice error={error} fields={FIELDS} />
        <div className="mt-2 flex flex-wrap-reverse justify-end gap-2">
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button type="submit" variant="primary" busy={busy}>{t`Save`}</Button>
        </div>
      </div>
    </form>
  );
}
