import { Trans, useLingui } from "@lingui/react/macro";
import { useId, useState } from "react";
import type { Organisation } from "@/api/schema";
import { DialogForm, FormDialog } from "@/components/form/dialog-form";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ORGANISATIONS } from "@/lib/query-keys";
import { Checkbox } from "@/parts/checkbox";
import { inviteMember } from "./member-queries";
import { useInsideRoles } from "./use-inside-roles";

interface InviteMemberProps {
  organisation: Organisation;
  open: boolean;
  onClose: () => void;
}

/** Invites somebody to an organisation by their address. */
export function InviteMemberDialog({ organisation, open, onClose }: InviteMemberProps) {
  const { t } = useLingui();
  const { name } = organisation;
  return (
    <FormDialog
      open={open}
      onClose={onClose}
      title={t`Invite somebody to ${name}`}
      description={
        <Trans>
          Who has an account accepts or declines; who has none is mailed a link by which they get one. Invited again,
          they have longer, and these roles.
        </Trans>
      }
    >
      <InviteForm organisation={organisation} onClose={onClose} />
    </FormDialog>
  );
}

const FIELDS = ["email", "locale"] as const;

function InviteForm({ organisation, onClose }: Omit<InviteMemberProps, "open">) {
  const { t } = useLingui();
  const id = useId();
  // What is held for a team is given to who is in it.
  const { roles: inside, nameOf } = useInsideRoles(organisation.id);
  const known = inside.filter(({ scope }) => scope === "org");
  const [email, setEmail] = useState("");
  const [locale, setLocale] = useState("");
  const [roles, setRoles] = useState<readonly string[]>([]);
  const send = async () => {
    const body = { email: email.trim(), roles: [...roles], ...(locale.trim() && { locale: locale.trim() }) };
    await inviteMember(organisation.id, body);
    return { told: t`The invitation is on its way` };
  };
  return (
    <DialogForm
      keys={[ORGANISATIONS]}
      action={t`Invite`}
      fields={FIELDS}
      isWhole={email.trim() !== ""}
      send={send}
      onClose={onClose}
    >
      {({ error, checked }) => (
        <>
          <Field
            label={t`E-mail address`}
            error={(error?.fieldErrors.email || (checked && email.trim() === "")) && t`Enter a whole address.`}
          >
            {(control) => (
              <Input
                {...control}
                type="email"
                autoComplete="off"
                maxLength={254}
                value={email}
                onChange={(event) => setEmail(event.target.value)}
                autoFocus
              />
            )}
          </Field>
          <Field
            label={t`Language`}
            hint={t`Such as en or pt-BR, for who has no account yet`}
            error={error?.fieldErrors.locale && t`This is no language tag.`}
          >
            {(control) => (
              <Input
                {...control}
                autoComplete="off"
                maxLength={10}
                value={locale}
                onChange={(event) => setLocale(event.target.value)}
              />
            )}
          </Field>
          {known.length > 0 && (
            <fieldset className="mb-3 grid gap-1.5">
              <legend className="mb-1.5 text-[0.8125rem] font-medium">
                <Trans>Roles that they hold inside once they have come</Trans>
              </legend>
              <div className="flex flex-wrap gap-x-4 gap-y-1.5">
                {known.map(({ name }) => (
                  <label key={name} htmlFor={`${id}-${name}`} className="flex min-w-0 items-center gap-2 text-sm">
                    <Checkbox
                      id={`${id}-${name}`}
                      checked={roles.includes(name)}
                      onChange={({ target }) =>
                        setRoles(target.checked ? [...roles, name] : roles.filter((other) => other !== name))
                      }
                    />
                    <span className="min-w-0 break-words">{nameOf(name)}</span>
                  </label>
                ))}
              </div>
            </fieldset>
          )}
        </>
      )}
    </DialogForm>
  );
}
