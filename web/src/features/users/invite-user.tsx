import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useId, useState } from "react";
import { CheckLine, FieldGroup, Form, FormFoot } from "@/components/form/form";
import { useSubmit } from "@/components/form/use-submit";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { rolesQuery } from "@/features/roles/queries";
import { useSession } from "@/features/session/session-life";
import { notify } from "@/lib/notify";
import { holds } from "@/lib/permissions";
import { USERS } from "@/lib/query-keys";
import { useRoleWords } from "@/lib/role-words";
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
  const { nameOf } = useRoleWords();
  const known = useQuery({ ...rolesQuery, enabled: mayAssign });
  const [typed, setTyped] = useState<Record<Name, string>>({ email: "", first_name: "", last_name: "", locale: "" });
  const [roles, setRoles] = useState<readonly string[]>([]);
  const [invite, setInvite] = useState(true);
  const send = async () => {
    const { email, ...others } = typed;
    const named = Object.entries(others).flatMap(([name, text]) => (text.trim() ? [[name, text.trim()]] : []));
    const user = await inviteUser({ email: email.trim(), ...Object.fromEntries(named), roles: [...roles], invite });
    notify({ type: "success", title: invite ? t`The invitation is on its way` : t`The user is created` });
    await queryClient.invalidateQueries({ queryKey: USERS });
    onClose();
    await navigate({ to: "/users/$userId", params: { userId: user.id } });
  };
  const hasAddress = typed.email.trim() !== "";
  const submission = useSubmit(send, hasAddress);
  const { error, tried } = submission;
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
  return (
    <Form submission={submission} wide>
      {FIELDS.map((name) => (
        <Field
          key={name}
          label={labels[name]}
          hint={name === "locale" ? t`Such as en or pt-BR; the mail is in it` : undefined}
          error={(error?.fieldErrors[name] || (name === "email" && tried && !hasAddress)) && faults[name]}
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
        <FieldGroup legend={t`Roles that they hold once they have come`} id={`${id}-roles`}>
          <div className="flex flex-wrap gap-x-4 gap-y-1.5">
            {known.data
              .filter(({ name, scope }) => !NOT_PROMISED.includes(name) && scope === "global")
              .map(({ name, display_name }) => (
                <label key={name} htmlFor={`${id}-${name}`} className="flex items-center gap-2 text-sm">
                  <Checkbox
                    id={`${id}-${name}`}
                    checked={roles.includes(name)}
                    onChange={({ target }) =>
                      setRoles(target.checked ? [...roles, name] : roles.filter((other) => other !== name))
                    }
                  />
                  {nameOf({ name, display_name })}
                </label>
              ))}
          </div>
        </FieldGroup>
      )}
      <CheckLine htmlFor={`${id}-now`}>
        <Checkbox id={`${id}-now`} checked={invite} onChange={({ target }) => setInvite(target.checked)} />
        <Trans>Mail the invitation now</Trans>
      </CheckLine>
      <FormFoot submission={submission} fields={FIELDS} action={invite ? t`Invite` : t`Create`} onCancel={onClose} />
    </Form>
  );
}
