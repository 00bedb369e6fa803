import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft, BotOff } from "lucide-react";
import { type ReactNode, useState } from "react";
import { isNoSuch } from "@/api/no-such";
import type { ServiceAccount } from "@/api/schema";
import { PAGE_BOX, PageHeader, usePageTitle } from "@/components/layout/page-header";
import { PageSection } from "@/components/layout/page-section";
import { EmptyState } from "@/components/state/empty-state";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Badge } from "@/components/ui/badge";
import { Button, buttonVariants } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { OrganisationName } from "@/features/directory/organisation-name";
import { serviceAccountQuery } from "@/features/directory/queries";
import { subjectOfServiceAccount } from "@/features/directory/subject";
import { UserDecisions } from "@/features/grants/user-decisions";
import { UserPermissions } from "@/features/grants/user-permissions";
import { UserRoles } from "@/features/grants/user-roles";
import { useSession } from "@/features/session/session-life";
import { cn } from "@/lib/cn";
import { useFormat } from "@/lib/format";
import { holds } from "@/lib/permissions";
import { ApiKeyList } from "./api-key-list";
import { CreateApiKeyDialog } from "./create-api-key";
import { EditServiceAccountDialog } from "./edit-service-account";

const route = getRouteApi("/_console/api-keys_/service-accounts/$accountId");

/** One service account: what it is, what it may and why, and its keys. */
export function ServiceAccountPage() {
  const { t } = useLingui();
  const { accountId } = route.useParams();
  const { data, error, refetch, isFetching } = useQuery(serviceAccountQuery(accountId));
  if (isNoSuch(error)) return <NoSuchAccount />;
  return (
    <div className={cn(PAGE_BOX, "flex flex-col gap-4")}>
      <Link
        to="/api-keys"
        search={{ view: "service-accounts" }}
        className={cn(buttonVariants({ variant: "ghost", size: "small" }), "-ml-2 self-start")}
      >
        <ArrowLeft aria-hidden />
        <Trans>All service accounts</Trans>
      </Link>
      {data ? (
        <Known account={data} />
      ) : error ? (
        <ErrorState error={error} heading="h1" retry={() => void refetch()} busy={isFetching} />
      ) : (
        <Loading label={t`Loading the service account`} heading="h1">
          <Skeleton className="h-7 w-48" />
          <Skeleton className="mt-6 h-40 rounded-xl" />
        </Loading>
      )}
    </div>
  );
}

function Known({ account }: { account: ServiceAccount }) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const held = useSession()?.permissions ?? [];
  const mayWrite = holds(held, "service-accounts.write");
  const maySeeRoles = holds(held, "roles.read");
  const [editing, setEditing] = useState(false);
  const [keyed, setKeyed] = useState(false);
  const subject = subjectOfServiceAccount(account);
  const facts: [label: string, value: ReactNode][] = [
    [t`Organisation`, account.organisation_id && <OrganisationName key="organisation" id={account.organisation_id} />],
    [t`Made`, formatDateTime(account.created_at)],
    [t`Changed`, formatDateTime(account.updated_at)],
    [
      t`Id`,
      <code key="id" className="font-mono text-xs break-all select-all">
        {account.id}
      </code>,
    ],
  ];
  return (
    <>
      <PageHeader
        title={account.name}
        description={account.description}
        actions={
          <>
            {!account.is_active && (
              <Badge tone="danger">
                <Trans>Disabled</Trans>
              </Badge>
            )}
            {mayWrite && (
              <Button size="small" onClick={() => setEditing(true)}>
                <Trans>Edit…</Trans>
              </Button>
            )}
          </>
        }
      />
      <Card className="p-4 sm:p-5">
        <dl className="grid grid-cols-[repeat(auto-fill,minmax(min(17rem,100%),1fr))] gap-x-6 gap-y-3">
          {facts
            .filter(([, value]) => value)
            .map(([label, value]) => (
              <div key={label} className="min-w-0">
                <dt className="text-xs text-muted-foreground">{label}</dt>
                <dd className="mt-0.5 break-words">{value}</dd>
              </div>
            ))}
        </dl>
      </Card>
      {mayWrite && <EditServiceAccountDialog account={account} open={editing} onClose={() => setEditing(false)} />}
      {maySeeRoles && <UserRoles subject={subject} />}
      {maySeeRoles && <UserDecisions subject={subject} />}
      {maySeeRoles && <UserPermissions subject={subject} />}
      {holds(held, "api-keys.read") && (
        <PageSection
          title={t`API keys`}
          action={
            mayWrite && (
              <Button size="small" onClick={() => setKeyed(true)}>
                <Trans>New key…</Trans>
              </Button>
            )
          }
        >
          <ApiKeyList
            whose={{ userId: account.id }}
            mayRevoke={holds(held, "api-keys.revoke")}
            none={<Trans>No API key.</Trans>}
          />
        </PageSection>
      )}
      {mayWrite && <CreateApiKeyDialog open={keyed} of={account} onClose={() => setKeyed(false)} />}
    </>
  );
}

function NoSuchAccount() {
  const { t } = useLingui();
  usePageTitle(t`Not found`);
  return (
    <EmptyState
      icon={BotOff}
      heading="h1"
      title={t`There is no such service account`}
      action={
        <Link to="/api-keys" search={{ view: "service-accounts" }} className={buttonVariants()}>
          <Trans>Go to all service accounts</Trans>
        </Link>
      }
    >
      <Trans>The address may be incomplete, or it was deleted.</Trans>
    </EmptyState>
  );
}
