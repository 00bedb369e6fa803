import { Trans, useLingui } from "@lingui/react/macro";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Membership, OrganisationMember } from "@/api/schema";
import { DialogForm, FormDialog } from "@/components/form/dialog-form";
import { ChooseMembers } from "@/features/directory/choose-members";
import { membersQuery } from "@/features/directory/queries";
import { useSession } from "@/features/session/session-life";
import { notify } from "@/lib/notify";
import { heldOf, holds } from "@/lib/permissions";
import { ORGANISATIONS } from "@/lib/query-keys";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { leaveOrganisation } from "./membership-queries";
import { transferOrganisation } from "./queries";
import { OWNER } from "./use-inside-roles";

interface LeaveProps {
  membership: Membership;
  open: boolean;
  onClose: () => void;
}

const ownsForGood = ({ roles }: OrganisationMember) =>
  roles.some(({ role, expires_at: end }) => role === OWNER && end === null);

/** Leaves an organisation oneself. Who is its only owner hands it over with that, where they may. */
export function LeaveOrganisation(props: LeaveProps) {
  const { open, membership } = props;
  const session = useSession();
  const held = heldOf(session, membership.organisation.id);
  const isOwner = membership.roles.includes(OWNER);
  const mayHandOver = holds(held, "organisations.read") && holds(held, "organisations.delete");
  const members = useInfiniteQuery({
    ...membersQuery(membership.organisation.id),
    enabled: open && isOwner && mayHandOver,
  });
  // A moment: another question would take the place of the first one.
  if (members.isLoading) return null;
  const known = members.data?.pages.flatMap(({ items }) => items) ?? [];
  const hasOther = known.some((member) => member.user_id !== session?.user_id && ownsForGood(member));
  // Whether nobody further down owns it as well is not known; handing it over helps in that case, too.
  const isOnlyOwner = isOwner && known.length > 0 && !hasOther;
  return isOnlyOwner ? <HandOverAndLeave {...props} /> : <Leave {...props} isOwner={isOwner} />;
}

function Leave({ membership, open, onClose, isOwner }: LeaveProps & { isOwner: boolean }) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const { id, name, slug } = membership.organisation;
  const run = async () => {
    await leaveOrganisation(id);
    notify({ type: "success", title: t`You do not belong to ${name} any more` });
    await queryClient.invalidateQueries({ queryKey: ORGANISATIONS });
  };
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title={t`Leave ${name}?`}
      action={t`Leave`}
      tone="danger"
      run={run}
    >
      <p>
        <Trans>
          What you hold inside ends at once, and your API keys for it are revoked. To come back you have to be invited.
        </Trans>
      </p>
      {isOwner && (
        <p className="mt-2">
          <Trans>
            You own it. If nobody else does, hand it over first:{" "}
            <code className="font-mono text-xs break-all">orion organisation transfer {slug} …</code>
          </Trans>
        </p>
      )}
    </ConfirmDialog>
  );
}

function HandOverAndLeave({ membership, open, onClose }: LeaveProps) {
  const { t } = useLingui();
  const { name } = membership.organisation;
  return (
    <FormDialog
      open={open}
      onClose={onClose}
      title={t`Hand ${name} over and leave?`}
      description={
        <Trans>
          You are its only owner, and somebody has to own it. Choose who does from now on. What you hold inside ends at
          once, and your API keys for it are revoked.
        </Trans>
      }
    >
      <HandOverForm membership={membership} onClose={onClose} />
    </FormDialog>
  );
}

function HandOverForm({ membership, onClose }: Omit<LeaveProps, "open">) {
  const { t } = useLingui();
  const own = useSession()?.user_id;
  const [chosen, setChosen] = useState<readonly string[]>([]);
  // What is done is not done once more, where leaving is refused after it.
  const [isHandedOver, setHandedOver] = useState(false);
  const { id, name } = membership.organisation;
  const send = async () => {
    const [heir] = chosen;
    if (heir === undefined) return;
    if (!isHandedOver) await transferOrganisation(id, heir);
    setHandedOver(true);
    await leaveOrganisation(id);
    return { told: t`You do not belong to ${name} any more` };
  };
  const canOwn = (member: OrganisationMember) =>
    member.user_id !== own && member.status === "active" && !member.is_service_account;
  return (
    <DialogForm
      keys={[ORGANISATIONS]}
      action={t`Hand over and leave`}
      fields={[]}
      isWhole={chosen.length > 0}
      send={send}
      onClose={onClose}
    >
      {({ checked }) => (
        <ChooseMembers
          organisation={id}
          isOffered={canOwn}
          none={t`Nobody else belongs to it who could own it. Invite somebody on its page, or delete it there.`}
          chosen={chosen}
          onChange={setChosen}
          single
          isMissing={checked && chosen.length === 0}
        />
      )}
    </DialogForm>
  );
}
