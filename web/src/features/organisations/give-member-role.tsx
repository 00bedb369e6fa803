import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import type { Organisation, OrganisationMember } from "@/api/schema";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/parts/select";
import { DialogForm, FormDialog } from "./form-dialog";
import { giveMemberRole } from "./member-queries";
import { memberName } from "./member-row";
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
    <FormDialog
      open={open}
      onClose={onClose}
      title={t`Give ${name} a role inside`}
      description={
        <Trans>
          It holds for what belongs to the organisation, and for nothing else. A role that they hold already gets
          another end.
        </Trans>
      }
    >
      <GiveForm organisation={organisation} member={member} onClose={onClose} />
    </FormDialog>
  );
}

function GiveForm({ organisation, member, onClose }: Omit<GiveMemberRoleProps, "open">) {
  const { t } = useLingui();
  const { roles } = useInsideRoles();
  const [role, setRole] = useState("");
  const [until, setUntil] = useState("");
  const send = async () => {
    const end = until === "" ? null : new Date(until).toISOString();
    await giveMemberRole(organisation.id, member.user_id, role, end);
    return { told: t`The role is given` };
  };
  return (
    <DialogForm action={t`Give`} fields={["expires_at"]} isWhole={role !== ""} send={send} onClose={onClose}>
      {({ error, checked }) => (
        <div className="grid grid-cols-[minmax(0,1fr)] gap-x-4 sm:grid-cols-2">
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
              <Input
                {...control}
                type="datetime-local"
                value={until}
                onChange={(event) => setUntil(event.target.value)}
              />
            )}
          </Field>
        </div>
      )}
    </DialogForm>
  );
}
