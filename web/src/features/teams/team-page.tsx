import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { ArrowLeft, Users } from "lucide-react";
import { useState } from "react";
import { isNoSuch } from "@/api/no-such";
import type { Team } from "@/api/schema";
import { useOver } from "@/components/form/use-over";
import { PAGE_BOX, PageHeader, usePageTitle } from "@/components/layout/page-header";
import { EmptyState } from "@/components/state/empty-state";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Button, buttonVariants } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { organisationQuery, teamQuery } from "@/features/directory/queries";
import { cn } from "@/lib/cn";
import { notify } from "@/lib/notify";
import { ORGANISATIONS } from "@/lib/query-keys";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { deleteTeam } from "./queries";
import { EditTeamDialog } from "./team-forms";
import { TeamMembers } from "./team-members";
import { useMayChange } from "./use-may-change";

/** One team of an organisation: what it is called, and who is in it. */
export function TeamPage() {
  const { t } = useLingui();
  const { organisationId = "", teamId = "" } = useParams({ strict: false });
  const organisation = useQuery(organisationQuery(organisationId)).data;
  const { data: team, error, refetch, isFetching } = useQuery(teamQuery(organisationId, teamId));
  if (isNoSuch(error)) {
    return <NoSuchTeam organisationId={organisationId} />;
  }
  return (
    <div className={cn(PAGE_BOX, "flex flex-col gap-4")}>
      <Link
        to="/organisations/$organisationId"
        params={{ organisationId }}
        className={cn(buttonVariants({ variant: "ghost", size: "small" }), "-ml-2 max-w-full self-start")}
      >
        <ArrowLeft aria-hidden />
        <span className="truncate">
          {organisation ? <bdi>{organisation.name}</bdi> : <Trans>The organisation</Trans>}
        </span>
      </Link>
      {team ? (
        <Known team={team} />
      ) : error ? (
        <ErrorState error={error} heading="h1" retry={() => void refetch()} busy={isFetching} />
      ) : (
        <Loading label={t`Loading the team`} heading="h1">
          <Skeleton className="h-7 w-48" />
          <Skeleton className="mt-6 h-40 rounded-xl" />
        </Loading>
      )}
    </div>
  );
}

function Known({ team }: { team: Team }) {
  const mayWrite = useMayChange(team);
  const [editing, setEditing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  return (
    <>
      <PageHeader
        title={team.name}
        description={team.description}
        actions={
          mayWrite && (
            <>
              <Button size="small" onClick={() => setEditing(true)}>
                <Trans>Edit…</Trans>
              </Button>
              <Button size="small" onClick={() => setDeleting(true)}>
                <Trans>Delete…</Trans>
              </Button>
            </>
          )
        }
      />
      <TeamMembers team={team} />
      {mayWrite && (
        <>
          <EditTeamDialog team={team} open={editing} onClose={() => setEditing(false)} />
          <DeleteTeam team={team} open={deleting} setOpen={setDeleting} />
        </>
      )}
    </>
  );
}

function DeleteTeam({ team, open, setOpen }: { team: Team; open: boolean; setOpen: (open: boolean) => void }) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const over = useOver([ORGANISATIONS]);
  const { name, id, organisation_id: organisationId } = team;
  const run = async () => {
    // Whoever asks again has seen what it was changed to.
    await over(() => deleteTeam(team));
    notify({ type: "success", title: t`The team is deleted` });
    await navigate({ to: "/organisations/$organisationId", params: { organisationId } });
    queryClient.removeQueries({ queryKey: teamQuery(organisationId, id).queryKey });
    await queryClient.invalidateQueries({ queryKey: ORGANISATIONS });
  };
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={setOpen}
      title={t`Delete the team ${name}?`}
      action={t`Delete`}
      tone="danger"
      run={run}
      returnFocus={() => false}
    >
      <Trans>
        Who is in it stays a member of the organisation, and loses what they hold for the team. It cannot be restored.
      </Trans>
    </ConfirmDialog>
  );
}

function NoSuchTeam({ organisationId }: { organisationId: string }) {
  const { t } = useLingui();
  usePageTitle(t`Not found`);
  return (
    <EmptyState
      icon={Users}
      heading="h1"
      title={t`There is no such team`}
      action={
        <Link to="/organisations/$organisationId" params={{ organisationId }} className={buttonVariants()}>
          <Trans>Go to the organisation</Trans>
        </Link>
      }
    >
      <Trans>The address may be incomplete, or the team was deleted.</Trans>
    </EmptyState>
  );
}
