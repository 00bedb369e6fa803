import { Trans, useLingui } from "@lingui/react/macro";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Team, TeamMember } from "@/api/schema";
import { PageSection } from "@/components/layout/page-section";
import { Line, PagedList } from "@/components/state/paged-list";
import { Button } from "@/components/ui/button";
import { memberName } from "@/features/directory/user-texts";
import { useSession } from "@/features/session/session-life";
import { useFormat } from "@/lib/format";
import { notify } from "@/lib/notify";
import { holds } from "@/lib/permissions";
import { ORGANISATIONS } from "@/lib/query-keys";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { AddTeamMembersDialog } from "./add-team-members";
import { removeTeamMember, teamMembersQuery } from "./queries";
import { useMayChange } from "./use-may-change";

/** Who is in a team; whoever may puts members in and takes them out. */
export function TeamMembers({ team }: { team: Team }) {
  const { t } = useLingui();
  const { formatDate } = useFormat();
  const mayWrite = useMayChange(team);
  const maySee = holds(useSession()?.permissions ?? [], "users.read");
  const queryClient = useQueryClient();
  const query = useInfiniteQuery(teamMembersQuery(team.organisation_id, team.id));
  const present = new Set(query.data?.pages.flatMap(({ items }) => items.map(({ user_id: user }) => user)));
  const [adding, setAdding] = useState(false);
  // Kept while the question closes, so that its words stay.
  const [removing, setRemoving] = useState<{ open: boolean; member?: TeamMember }>({ open: false });
  const [removed, from] = [removing.member ? memberName(removing.member) : "", team.name];
  return (
    <PageSection
      title={t`Members`}
      action={
        mayWrite && (
          <Button size="small" onClick={() => setAdding(true)}>
            <Trans>Put members in…</Trans>
          </Button>
        )
      }
    >
      <PagedList query={query} loading={t`Loading the members`} none={<Trans>Nobody is in it yet.</Trans>}>
        {(member) => {
          const name = memberName(member);
          return (
            <Line
              key={member.user_id}
              title={
                maySee ? (
                  <Link
                    to="/users/$userId"
                    params={{ userId: member.user_id }}
                    className="rounded-sm underline-offset-2 hover:underline"
                  >
                    <bdi>{name}</bdi>
                  </Link>
                ) : (
                  <bdi>{name}</bdi>
                )
              }
              facts={[name !== member.email && member.email, t`since ${formatDate(member.added_at)}`]}
              action={
                mayWrite && (
                  <Button
                    size="small"
                    aria-label={`${t`Take out`}: ${name}`}
                    onClick={() => setRemoving({ open: true, member })}
                  >
                    <Trans>Take out…</Trans>
                  </Button>
                )
              }
            />
          );
        }}
      </PagedList>
      {mayWrite && (
        <AddTeamMembersDialog team={team} present={present} open={adding} onClose={() => setAdding(false)} />
      )}
      <ConfirmDialog
        open={removing.open}
        onOpenChange={(open) => setRemoving({ ...removing, open })}
        title={t`Take ${removed} out of ${from}?`}
        action={t`Take out`}
        run={async () => {
          if (!removing.member) return;
          await removeTeamMember(team, removing.member.user_id);
          notify({ type: "success", title: t`They are not in the team any more` });
          await queryClient.invalidateQueries({ queryKey: ORGANISATIONS });
        }}
      >
        <Trans>
          They stay a member of the organisation, and can be put in again. What they hold for the team ends at once.
        </Trans>
      </ConfirmDialog>
    </PageSection>
  );
}
