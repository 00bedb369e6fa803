import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { ArrowLeft, Building2 } from "lucide-react";
import { useState } from "react";
import { isNoSuch } from "@/api/no-such";
import type { Organisation } from "@/api/schema";
import { useOver } from "@/components/form/use-over";
import { PAGE_BOX, PageHeader, usePageTitle } from "@/components/layout/page-header";
import { EmptyState } from "@/components/state/empty-state";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Button, buttonVariants } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { AuditSection } from "@/features/audit/audit-section";
import { organisationQuery } from "@/features/directory/queries";
import { useHeldOf } from "@/features/session/session-life";
import { Teams } from "@/features/teams/teams";
import { cn } from "@/lib/cn";
import { notify } from "@/lib/notify";
import { holds } from "@/lib/permissions";
import { ORGANISATIONS } from "@/lib/query-keys";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { EditOrganisationDialog } from "./edit-organisation";
import { Invitations } from "./invitations";
import { Members } from "./members";
import { OrganisationFacts } from "./organisation-facts";
import { deleteOrganisation } from "./queries";

const route = getRouteApi("/_console/organisations_/$organisationId");

/** One organisation: what it is called, who belongs to it, and who is invited. */
export function OrganisationPage() {
  const { t } = useLingui();
  const { organisationId } = route.useParams();
  const { data: organisation, error, refetch, isFetching } = useQuery(organisationQuery(organisationId));
  if (isNoSuch(error)) return <NoSuchOrganisation />;
  return (
    <div className={cn(PAGE_BOX, "flex flex-col gap-4")}>
      <Link to="/organisations" className={cn(buttonVariants({ variant: "ghost", size: "small" }), "-ml-2 self-start")}>
        <ArrowLeft aria-hidden />
        <Trans>All organisations</Trans>
      </Link>
      {organisation ? (
        <Known organisation={organisation} />
      ) : error ? (
        <ErrorState error={error} heading="h1" retry={() => void refetch()} busy={isFetching} />
      ) : (
        <Loading label={t`Loading the organisation`} heading="h1">
          <Skeleton className="h-7 w-48" />
          <Skeleton className="mt-6 h-40 rounded-xl" />
        </Loading>
      )}
    </div>
  );
}

function Known({ organisation }: { organisation: Organisation }) {
  const { t } = useLingui();
  const held = useHeldOf(organisation.id);
  const mayWrite = holds(held, "organisations.write");
  const mayDelete = holds(held, "organisations.delete");
  const [editing, setEditing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  return (
    <>
      <PageHeader
        title={organisation.name}
        description={organisation.description}
        actions={
          <>
            {mayWrite && (
              <Button size="small" onClick={() => setEditing(true)}>
                <Trans>Edit…</Trans>
              </Button>
            )}
            {mayDelete && (
              <Button size="small" onClick={() => setDeleting(true)}>
                <Trans>Delete…</Trans>
              </Button>
            )}
          </>
        }
      />
      <OrganisationFacts organisation={organisation} />
      <Members organisation={organisation} />
      <Teams organisation={organisation} />
      {holds(held, "members.write") && <Invitations organisation={organisation} />}
      {holds(held, "audit.read") && (
        <AuditSection
          filter={{ organisation: organisation.id }}
          under={ORGANISATIONS}
          label={t`What was done for this organisation, and to it`}
          none={<Trans>The audit log has nothing about this organisation.</Trans>}
        />
      )}
      {mayWrite && (
        <EditOrganisationDialog organisation={organisation} open={editing} onClose={() => setEditing(false)} />
      )}
      {mayDelete && <DeleteOrganisation organisation={organisation} open={deleting} setOpen={setDeleting} />}
    </>
  );
}

interface DeleteOrganisationProps {
  organisation: Organisation;
  open: boolean;
  setOpen: (open: boolean) => void;
}

function DeleteOrganisation({ organisation, open, setOpen }: DeleteOrganisationProps) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const over = useOver([ORGANISATIONS]);
  const { id, name, slug } = organisation;
  const run = async () => {
    // Whoever asks again has seen what it was changed to.
    await over(() => deleteOrganisation(organisation));
    notify({ type: "success", title: t`The organisation is deleted` });
    await navigate({ to: "/organisations" });
    queryClient.removeQueries({ queryKey: organisationQuery(id).queryKey });
    await queryClient.invalidateQueries({ queryKey: ORGANISATIONS });
  };
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={setOpen}
      title={t`Delete ${name}?`}
      action={t`Delete`}
      tone="danger"
      typed={slug}
      run={run}
      returnFocus={() => false}
    >
      <Trans>
        Its members hold nothing inside any more, their API keys for it are revoked, and its invitations are withdrawn.
        It cannot be restored.
      </Trans>
    </ConfirmDialog>
  );
}

function NoSuchOrganisation() {
  const { t } = useLingui();
  usePageTitle(t`Not found`);
  return (
    <EmptyState
      icon={Building2}
      heading="h1"
      title={t`There is no such organisation`}
      action={
        <Link to="/organisations" className={buttonVariants()}>
          <Trans>Go to all organisations</Trans>
        </Link>
      }
    >
      <Trans>The address may be incomplete, or the organisation was deleted.</Trans>
    </EmptyState>
  );
}
