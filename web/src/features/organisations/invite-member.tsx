import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { type ApiError, asApiError } from "@/api/problem";
import type { Organisation } from "@/api/schema";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { notify } from "@/lib/notify";
import { Checkbox } from "@/parts/checkbox";
import { inviteMember } from "./member-queries";
import { ORGANISATIONS } from "./queries";
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
    <Dialog open={open} onOpenChange={(next) => !next && onClose()}>
      <DialogContent>
        <DialogTitle>{t`Invite somebody to ${name}`}</DialogTitle>
        <DialogDescription>
          <Trans>
            Who has an account accepts or declines; who has none is mailed a link by which they get one. Invited again,
            they have longer, and these roles.
          </Trans>
        </DialogDescription>
        {open && <InviteForm organisation={organisation} onClose={onClose} />}
      </DialogContent>
    </Dialog>
  );
}

const FIELDS = ["email", "locale"] as const;

function InviteForm({ organisation, onClose }: Omit<InviteMemberProps, "open">) {
  const { t } = useLingui();
  const id = useId();
  const queryClient = useQueryClient();
  const known = useInsideRoles().roles;
  const [email, setEmail] = useState("");
  const [locale, setLocale] = useState("");
  const [roles, setRoles] = useState<readonly string[]>([]);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await inviteMember(organisation.id, {
        email: email.trim(),
        roles: [...roles],
        ...(locale.trim() && { locale: locale.trim() }),
      });
      notify({ type: "success", title: t`The invitation is on its way` });
      await queryClient.invalidateQueries({ queryKey: ORGANISATIONS });
      onClose();
    } catch (thrown) {
      setError(asApiError(thrown));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit} noValidate className="mt-4 grid grid-cols-[minmax(0,1fr)]">
      <Field label={t`E-mail address`} error={error?.fieldErrors.email && t`Enter a whole address.`}>
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
            {known.map(({ name, display_name }) => (
              <label key={name} htmlFor={`${id}-${name}`} className="flex min-w-0 items-center gap-2 text-sm">
                <Checkbox
                  id={`${id}-${name}`}
                  checked={roles.includes(name)}
                  onChange={({ target }) =>
                    setRoles(target.checked ? [...roles, name] : roles.filter((other) => other !== name))
                  }
                />
                <span className="min-w-0 break-words">{display_name}</span>
              </label>
            ))}
          </div>
        </fieldset>
      )}
      <ProblemNotice error={error} fields={FIELDS} />
      <div className="mt-2 flex flex-wrap-reverse justify-end gap-2">
        <Button onClick={onClose}>{t`Cancel`}</Button>
        <Button type="submit" variant="primary" busy={busy}>{t`Invite`}</Button>
      </div>
    </form>
  );
}
