import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { type ApiError, asApiError } from "@/api/problem";
import type { Organisation, OrganisationMember } from "@/api/schema";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { notify } from "@/lib/notify";
import { Select } from "@/parts/select";
import { giveMemberRole } from "./member-queries";
import { memberName } from "./member-row";
import { ORGANISATIONS } from "./queries";
import { useInsideRoles } from "./use-inside-roles";

interface GiveMemberRoleProps {
  organisation: Organisation;
  member: OrganisationMember;
  open: boolean;
  onClose: () => void;
}

/** Gives a member a role inside, or changes until when they hold it. */
export function GiveMemberRoleDialog({ organisation, member, open, onClose }: GiveMemberRoleProps) {
  const { t } = useLingui();
  const name = memberName(member);
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()}>
      <DialogContent>
        <DialogTitle>{t`Give ${name} a role inside`}</DialogTitle>
        <DialogDescription>
          <Trans>
            It holds for what belongs to the organisation, and for nothing else. A role that they hold already gets
            another end.
          </Trans>
        </DialogDescription>
        {open && <GiveForm organisation={organisation} member={member} onClose={onClose} />}
      </DialogContent>
    </Dialog>
  );
}

function GiveForm({ organisation, member, onClose }: Omit<GiveMemberRoleProps, "open">) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const { roles } = useInsideRoles();
  const [role, setRole] = useState("");
  const [until, setUntil] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [checked, setChecked] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setChecked(true);
    if (busy || role === "") return;
    setBusy(true);
    setError(null);
    try {
      const end = until === "" ? null : new Date(until).toISOString();
      await giveMemberRole(organisation.id, member.user_id, role, end);
      notify({ type: "success", title: t`The role is given` });
      await queryClient.invalidateQueries({ queryKey: ORGANISATIONS });
      onClose();
    } catch (thrown) {
      setError(asApiError(thrown));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit} noValidate className="mt-4 grid grid-cols-[minmax(0,1fr)] gap-x-4 sm:grid-cols-2">
      <Field
        label={t`Role`}
        hint={roles.find(({ name }) => name === role)?.description ?? undefined}
        error={checked && role === "" ? t`Choose one.` : undefined}
      >
        {(control) => (
          // The dialog gives it the focus; took it that by itself, the menu that closes would have it back.
          <Select {...control} value={role} onChange={(event) => setRole(event.target.value)}>
            <option value="">{t`Choose one`}</option>
            {roles.map(({ name, display_name }) => (
              <option key={name} value={name}>
                {display_name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field
        label={t`Until`}
        hint={t`Left empty it holds for good.`}
        error={error?.fieldErrors.expires_at && t`In the future, and no longer than you hold it yourself.`}
      >
        {(control) => (
          <Input {...control} type="datetime-local" value={until} onChange={(event) => setUntil(event.target.value)} />
        )}
      </Field>
      <div className="grid gap-2 sm:col-span-2">
        <ProblemNotice error={error} fields={["expires_at"]} />
        <div className="mt-2 flex flex-wrap-reverse justify-end gap-2">
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button type="submit" variant="primary" busy={busy}>
            {t`Give`}
          </Button>
        </div>
      </div>
    </form>
  );
}
