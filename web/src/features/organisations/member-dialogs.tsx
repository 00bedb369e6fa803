import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import type { MemberRole, Organisation, OrganisationMember } from "@/api/schema";
import { memberName } from "@/features/directory/user-texts";
import { notify } from "@/lib/notify";
import { ORGANISATIONS } from "@/lib/query-keys";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { GiveMemberRoleDialog } from "./give-member-role";
import { removeMember, takeMemberRole } from "./member-queries";
import type { MemberAction } from "./member-row";
import { Transfer } from "./transfer";
import { useInsideRoles } from "./use-inside-roles";

/** What is asked about a member. */
export interface Asked {
  open: boolean;
  member?: OrganisationMember;
  what?: MemberAction;
}

interface MemberDialogsProps {
  organisation: Organisation;
  asked: Asked;
  onClose: () => void;
}

/** Asks before something is done with a member, and does it. */
export function MemberDialogs({ organisation, asked: { open, member, what }, onClose }: MemberDialogsProps) {
  if (!member || !what) return null;
  const given = { organisation, member, open, onClose };
  if (what === "give") return <GiveMemberRoleDialog {...given} />;
  if (what === "transfer") return <Transfer {...given} />;
  if (what === "remove") return <Remove {...given} />;
  return <TakeRole {...given} role={what.take} />;
}

interface DialogProps {
  organisation: Organisation;
  member: OrganisationMember;
  open: boolean;
  onClose: () => void;
}

function Remove({ organisation, member, open, onClose }: DialogProps) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const [name, whole] = [memberName(member), organisation.name];
  const run = async () => {
    await removeMember(organisation.id, member.user_id);
    notify({ type: "success", title: t`The member is removed` });
    await queryClient.invalidateQueries({ queryKey: ORGANISATIONS });
  };
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title={t`Remove ${name} from ${whole}?`}
      action={t`Remove`}
      tone="danger"
      run={run}
    >
      <Trans>What they hold inside ends at once, and their API keys for it are revoked. Their account stays.</Trans>
    </ConfirmDialog>
  );
}

function TakeRole({ organisation, member, role: taken, open, onClose }: DialogProps & { role: MemberRole }) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const { nameOf } = useInsideRoles(organisation.id);
  const [role, name] = [nameOf(taken.role), memberName(member)];
  const run = async () => {
    await takeMemberRole(organisation.id, member.user_id, taken.role, taken.team_id);
    notify({ type: "success", title: t`The role is taken away` });
    await queryClient.invalidateQueries({ queryKey: ORGANISATIONS });
  };
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title={t`Take the role ${role} from ${name}?`}
      action={t`Take away`}
      run={run}
    >
      {taken.team_name ? (
        <Trans>
          What it allows for the team <bdi>{taken.team_name}</bdi> ends at once. They stay in it.
        </Trans>
      ) : (
        <Trans>What it allows inside ends at once. They stay a member.</Trans>
      )}
    </ConfirmDialog>
  );
}
