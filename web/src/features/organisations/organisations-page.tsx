import { Trans, useLingui } from "@lingui/react/macro";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Building2, SearchX } from "lucide-react";
import { type ReactNode, useState } from "react";
import { PAGE_BOX, PageHeader } from "@/components/layout/page-header";
import { EmptyState } from "@/components/state/empty-state";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Button } from "@/components/ui/button";
import { SearchInput } from "@/components/ui/search-input";
import { Skeleton } from "@/components/ui/skeleton";
import { organisationsQuery } from "@/features/directory/queries";
import { useSession } from "@/features/session/session-life";
import { cn } from "@/lib/cn";
import { holds } from "@/lib/permissions";
import { CreateOrganisationDialog } from "./create-organisation";
import { OrganisationTable } from "./organisation-table";

const route = getRouteApi("/_console/organisations");

/** All organisations, and making one. */
export function OrganisationsPage() {
  const { t } = useLingui();
  const { search } = route.useSearch();
  const navigate = route.useNavigate();
  const mayCreate = holds(useSession()?.permissions ?? [], "organisations.create");
  const [creating, setCreating] = useState(false);
  const query = useInfiniteQuery({ ...organisationsQuery(search), placeholderData: keepPreviousData });
  const organisations = query.data?.pages.flatMap(({ items }) => items);
  const look = (text: string) => void navigate({ search: text ? { search: text } : {}, replace: true });
  const create = mayCreate && (
    <Button variant="primary" onClick={() => setCreating(true)}>
      <Trans>New organisation…</Trans>
    </Button>
  );
  return (
    <div className={cn(PAGE_BOX, "grid grid-cols-[minmax(0,1fr)] gap-4")}>
      <PageHeader
        title={t`Organisations`}
        description={t`People who belong together, and what they may do among themselves.`}
        actions={create}
      />
      <SearchInput
        label={t`Search organisations`}
        placeholder={t`How the name begins, or the name in addresses`}
        value={search ?? ""}
        maxLength={200}
        onSearch={look}
        className="w-full sm:max-w-sm"
      />
      {organisations === undefined ? (
        query.error ? (
          <ErrorState error={query.error} retry={() => void query.refetch()} busy={query.isFetching} />
        ) : (
          <Loading label={t`Loading the organisations`}>
            <Skeleton className="h-80 rounded-xl" />
          </Loading>
        )
      ) : organisations.length === 0 ? (
        <None search={search} clear={() => look("")} create={create} />
      ) : (
        <OrganisationTable query={query} organisations={organisations} />
      )}
      {mayCreate && <CreateOrganisationDialog open={creating} onClose={() => setCreating(false)} />}
    </div>
  );
}

interface NoneProps {
  search: string | undefined;
  clear: () => void;
  /** What makes one; nothing for those who may not. */
  create: ReactNode;
}

function None({ search, clear, create }: NoneProps) {
  const { t } = useLingui();
  if (search) {
    return (
      <EmptyState
        icon={SearchX}
        title={t`No organisation matches`}
        action={<Button onClick={clear}>{t`Clear the search`}</Button>}
      >
        <Trans>The search looks at how names begin, and at whole names in addresses.</Trans>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={Building2} title={t`No organisations yet`} action={create}>
      <Trans>An organisation is a customer's company, a team, a school: whoever belongs together.</Trans>
    </EmptyState>
  );
}
