import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import type { Organisation, OrganisationMember } from "@/api/schema";
import { FormDialog } from "@/components/form/dialog-form";
import { type Grant, GrantForm } from "@/components/form/grant-form";
import { notify } from "@/lib/notify";
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
  const queryClient = useQueryClient();
  const { roles } = useInsideRoles(organisation.id);
  const send = async ({ what, expiresAt }: Grant) => {
    await giveMemberRole(organisation.id, member.user_id, what, expiresAt);
    notify({ type: "success", title: t`The role is given` });
    await queryClient.invalidateQueries({ queryKey: ORGANISATIONS });
  };
  return (
    <GrantForm
      label={t`Role`}
      options={roles.map(({ name, display_name, description }) => ({
        name,
        label: display_name,
        hint: description ?? undefined,
      }))}
      action={t`Give`}
      send={send}
      onClose={onClose}
      // The menu that opened the dialog would have the focus back as it closes.
      takesFocus={false}
    />
  );
}
