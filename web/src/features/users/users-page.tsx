import { select } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { SearchX, UserPlus, Users } from "lucide-react";
import { useState } from "react";
import { PAGE_BOX, PageHeader } from "@/components/layout/page-header";
import { EmptyState } from "@/components/state/empty-state";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Button } from "@/components/ui/button";
import { SearchInput } from "@/components/ui/search-input";
import { Skeleton } from "@/components/ui/skeleton";
import { useSession } from "@/features/session/session-life";
import { cn } from "@/lib/cn";
import { holds } from "@/lib/permissions";
import { LONGEST_SEARCH } from "@/lib/search-text";
import { InviteUser } from "./invite-user";
import { usersQuery } from "./queries";
import { StatusFilter } from "./status-filter";
import { NO_FILTER, type UserFilter } from "./user-filter";
import { UserFilters } from "./user-filters";
import { UserTable } from "./user-table";
import { ViewMenu } from "./view-menu";

const route = getRouteApi("/_console/users");

export function UsersPage() {
  const { t } = useLingui();
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const mayWrite = holds(useSession()?.permissions ?? [], "users.write");
  const [isInviting, setInviting] = useState(false);
  const query = useInfiniteQuery({ ...usersQuery(filter), placeholderData: keepPreviousData });
  const change = (changed: UserFilter) => void navigate({ search: { ...filter, ...changed }, replace: true });
  const users = query.data?.pages.flatMap(({ items }) => items) ?? [];

  return (
    <div className={cn(PAGE_BOX, "flex h-full flex-col gap-4")}>
      <PageHeader
        title={t`Users`}
        description={t`Everybody who has an account.`}
        actions={
          mayWrite && (
            <Button size="small" variant="primary" onClick={() => setInviting(true)}>
              <UserPlus aria-hidden />
              {t`Invite somebody…`}
            </Button>
          )
        }
      />
      {mayWrite && <InviteUser open={isInviting} onClose={() => setInviting(false)} />}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <SearchInput
          label={t`Search users`}
          placeholder={t`Part of an e-mail or a name`}
          value={filter.search ?? ""}
          maxLength={LONGEST_SEARCH}
          onSearch={(text) => change({ search: text || undefined })}
          className="min-w-0 flex-1 basis-60 sm:max-w-sm"
        />
        <ViewMenu filter={filter} onChoose={change} />
        <StatusFilter value={filter.status} onChange={(status) => change({ status })} />
      </div>
      <UserFilters filter={filter} onChange={change} />
      {query.data === undefined ? (
        query.error ? (
          <ErrorState error={query.error} retry={() => void query.refetch()} busy={query.isFetching} />
        ) : (
          <LoadingUsers />
        )
      ) : users.length === 0 ? (
        <NoUsers filter={filter} clear={() => change(NO_FILTER)} />
      ) : (
        // A table of its own for each filter: one that kept its place would fetch page after page to reach it.
        <UserTable key={JSON.stringify(filter)} users={users} query={query} stale={query.isPlaceholderData} />
      )}
    </div>
  );
}

function NoUsers({ filter, clear }: { filter: UserFilter; clear: () => void }) {
  const { t } = useLingui();
  const { search, status, sort: _, ...others } = filter;
  const isNarrowed = Object.values(others).some((value) => value !== undefined);
  if (search || isNarrowed) {
    return (
      <EmptyState
        icon={SearchX}
        title={t`No user matches`}
        action={<Button onClick={clear}>{t`Clear the filters`}</Button>}
      >
        {search
          ? t`The search looks at where words begin in addresses, usernames and names.`
          : t`Nobody is all that the filters ask for.`}{" "}
        {status &&
          t`${select(status, {
            active: "Only active users are shown.",
            pending_verification: "Only users whose address is not confirmed yet are shown.",
            other: "Only users with the chosen status are shown.",
          })}`}
      </EmptyState>
    );
  }
  if (status) {
    return (
      <EmptyState
        icon={SearchX}
        title={t`${select(status, {
          active: "Nobody is active",
          pending_verification: "Nobody is pending",
          other: "Nobody has this status",
        })}`}
        action={<Button onClick={clear}>{t`Show everybody`}</Button>}
      >
        <Trans>No user has this status at the moment.</Trans>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={Users} title={t`No users yet`}>
      <Trans>Users appear here as soon as they register.</Trans>
    </EmptyState>
  );
}

function LoadingUsers() {
  const { t } = useLingui();
  return (
    <Loading label={t`Loading the users`} className="grid gap-px overflow-hidden rounded-xl border bg-card p-3">
      {["first", "second", "third", "fourth", "fifth", "sixth"].map((key) => (
        <Skeleton key={key} className="my-1.5 h-9" />
      ))}
    </Loading>
  );
}
