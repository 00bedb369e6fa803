import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Organisation, OrganisationMember } from "@/api/schema";
import { FormDialog } from "@/components/form/dialog-form";
import { type Grant, GrantForm } from "@/components/form/grant-form";
import { memberName } from "@/features/directory/user-texts";
import { TeamField } from "@/features/teams/team-field";
import { notify } from "@/lib/notify";
import { ORGANISATIONS } from "@/lib/query-keys";
import { useRoleWords } from "@/lib/role-words";
import { giveMemberRole } from "./member-queries";
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
          It holds for what belongs to the organisation, or to the team that you choose, and for nothing else. A role
          that they hold already gets another end.
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
  const [team, setTeam] = useState("");
  const isForTeam = (what: string) => roles.some(({ name, scope }) => name === what && scope === "team");
  const { nameOf, aboutOf } = useRoleWords();
  const send = async ({ what, expiresAt }: Grant) => {
    const given = { role: what, team: isForTeam(what) ? team : undefined, expiresAt };
    await giveMemberRole(organisation.id, member.user_id, given);
    notify({ type: "success", title: t`The role is given` });
    await queryClient.invalidateQueries({ queryKey: ORGANISATIONS });
  };
  return (
    <GrantForm
      label={t`Role`}
      options={roles.map((role) => ({ name: role.name, label: nameOf(role), hint: aboutOf(role) }))}
      more={{
        field: "team_id",
        isMissing: (what) => isForTeam(what) && team === "",
        show: (what, { isMissing, isWrong }) =>
          isForTeam(what) && (
            <TeamField
              organisation={organisation.id}
              value={team}
              onChange={setTeam}
              error={
                isMissing ? t`Choose one.` : isWrong ? t`They are not in this team: put them in first.` : undefined
              }
            />
          ),
      }}
      action={t`Give`}
      send={send}
      onClose={onClose}
      // The menu that opened the dialog would have the focus back as it closes.
      takesFocus={false}
    />
  );
}
