import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useId, useState } from "react";
import { type ApiError, asApiError } from "@/api/problem";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { rolesQuery } from "@/features/roles/queries";
import { useSession } from "@/features/session/session-life";
import { notify } from "@/lib/notify";
import { holds } from "@/lib/permissions";
import { Checkbox } from "@/parts/checkbox";
import { inviteUser } from "./queries";

interface InviteUserProps {
  open: boolean;
  onClose: () => void;
}

/** Creates somebody, and mails them an invitation unless that is to wait. */
export function InviteUser({ open, onClose }: InviteUserProps) {
  const { t } = useLingui();
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()}>
      <DialogContent>
        <DialogTitle>{t`Invite somebody`}</DialogTitle>
        <DialogDescription>
          <Trans>They are mailed a link, by which they choose their password. Until then they are pending.</Trans>
        </DialogDescription>
        {open && <InviteForm onClose={onClose} />}
      </DialogContent>
    </Dialog>
  );
}

const FIELDS = ["email", "first_name", "last_name", "locale"] as const;
type Name = (typeof FIELDS)[number];
const LONGEST: Record<Name, number> = { email: 254, first_name: 100, last_name: 100, locale: 10 };
/** Everybody holds them, or nobody can be given them. */
const NOT_PROMISED = ["user", "guest"];

function InviteForm({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const id = useId();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const mayAssign = holds(useSession()?.permissions ?? [], "roles.assign");
  const known = useQuery({ ...rolesQuery, enabled: mayAssign });
  const [typed, setTyped] = useState<Record<Name, string>>({ email: "", first_name: "", last_name: "", locale: "" });
  const [roles, setRoles] = useState<readonly string[]>([]);
  const [invite, setInvite] = useState(true);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const labels: Record<Name, string> = {
    email: t`E-mail address`,
    first_name: t`First name`,
    last_name: t`Last name`,
    locale: t`Language`,
  };
  const faults: Record<Name, string> = {
    email: error?.problem.status === 409 ? t`Somebody has this address already.` : t`Enter a whole address.`,
    first_name: t`On one line, without letters that cannot be seen.`,
    last_name: t`On one line, without letters that cannot be seen.`,
    locale: t`This is no language tag.`,
  };
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    const { email, ...others } = typed;
    const named = Object.entries(others).flatMap(([name, text]) => (text.trim() ? [[name, text.trim()]] : []));
    try {
      const user = await inviteUser({ email: email.trim(), ...Object.fromEntries(named), roles: [...roles], invite });
      notify({ type: "success", title: invite ? t`The invitation is on its way` : t`The user is created` });
      await queryClient.invalidateQueries({ queryKey: ["users"] });
      onClose();
      await navigate({ to: "/users/$userId", params: { userId: user.id } });
    } catch (thrown) {
      setError(asApiError(thrown));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit} noValidate className="mt-4 grid grid-cols-[minmax(0,1fr)] gap-x-4 sm:grid-cols-2">
      {FIELDS.map((name) => (
        <Field
          key={name}
          label={labels[name]}
          hint={name === "locale" ? t`Such as en or pt-BR; the mail is in it` : undefined}
          error={error?.fieldErrors[name] && faults[name]}
          {...(name === "email" && { className: "sm:col-span-2" })}
        >
          {(control) => (
            <Input
              {...control}
              type={name === "email" ? "email" : "text"}
              autoComplete="off"
              maxLength={LONGEST[name]}
              value={typed[name]}
              onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
              autoFocus={name === "email"}
            />
          )}
        </Field>
      ))}
      {known.data && (
        <fieldset className="mb-3 grid gap-1.5 sm:col-span-2">
          <legend className="mb-1.5 text-[0.8125rem] font-medium">
            <Trans>Roles that they hold once they have come</Trans>
          </legend>
          <div className="flex flex-wrap gap-x-4 gap-y-1.5">
            {known.data
              .filter(({ name, scope }) => !NOT_PROMISED.includes(name) && scope !== "org")
              .map(({ name, display_name }) => (
                <label key={name} htmlFor={`${id}-${name}`} className="flex items-center gap-2 text-sm">
                  <Checkbox
                    id={`${id}-${name}`}
                    checked={roles.includes(name)}
                    onChange={({ target }) =>
                      setRoles(target.checked ? [...roles, name] : roles.filter((other) => other !== name))
                    }
                  />
                  {display_name}
                </label>
              ))}
          </div>
        </fieldset>
      )}
      <label htmlFor={`${id}-now`} className="flex items-center gap-2 text-sm sm:col-span-2">
        <Checkbox id={`${id}-now`} checked={invite} onChange={({ target }) => setInvite(target.checked)} />
        <Trans>Mail the invitation now</Trans>
      </label>
      <div className="mt-2 grid gap-2 sm:col-span-2">
        <ProblemNotice error={error} fields={FIELDS} />
        <div className="mt-2 flex flex-wrap-reverse justify-end gap-2">
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button type="submit" variant="primary" busy={busy}>
            {invite ? t`Invite` : t`Create`}
          </Button>
        </div>
      </div>
    </form>
  );
}
