import { Trans, useLingui } from "@lingui/react/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Organisation } from "@/api/schema";
import { Nothing, PageSection } from "@/components/layout/page-section";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Button, buttonVariants } from "@/components/ui/button";
import { LoadMore } from "@/components/ui/load-more";
import { Skeleton } from "@/components/ui/skeleton";
import { membersQuery } from "@/features/directory/queries";
import { useSession } from "@/features/session/session-life";
import { holds } from "@/lib/permissions";
import { AddMemberDialog } from "./add-member";
import { type Asked, MemberDialogs } from "./member-dialogs";
import { MemberRow } from "./member-row";

/** Who belongs to an organisation, and what they hold inside; whoever may changes both. */
export function Members({ organisation }: { organisation: Organisation }) {
  const { t } = useLingui();
  // Nobody is made a member without being asked but by who runs the platform; and only who may search for users can say whom.
  const held = useSession()?.permissions ?? [];
  const mayAdd = holds(held, "members.write") && holds(held, "users.read");
  const [adding, setAdding] = useState(false);
  // Kept while the dialog closes, so that its words stay.
  const [asked, setAsked] = useState<Asked>({ open: false });
  const query = useInfiniteQuery(membersQuery(organisation.id));
  const members = query.data?.pages.flatMap(({ items }) => items);
  const actions = holds(held, "users.read") && (
    <div className="flex flex-wrap gap-2">
      <Link to="/users" search={{ organisation: organisation.id }} className={buttonVariants({ size: "small" })}>
        <Trans>Show them among the users</Trans>
      </Link>
      {mayAdd && (
        <Button size="small" onClick={() => setAdding(true)}>
          <Trans>Add a member…</Trans>
        </Button>
      )}
    </div>
  );
  return (
    <PageSection title={t`Members`} action={actions}>
      {members === undefined ? (
        query.error ? (
          <ErrorState error={query.error} retry={() => void query.refetch()} busy={query.isFetching} />
        ) : (
          <Loading label={t`Loading the members`} className="p-4">
            <Skeleton className="h-24" />
          </Loading>
        )
      ) : members.length === 0 ? (
        <Nothing>
          <Trans>Nobody belongs to it.</Trans>
        </Nothing>
      ) : (
        <table aria-label={t`Members`} className="w-full table-fixed border-collapse text-left">
          <thead className="border-b text-xs text-muted-foreground">
            <tr>
              <th scope="col" className="h-9 px-4 font-medium">
                <Trans>Member</Trans>
              </th>
              <th scope="col" className="w-1/3 px-3 font-medium max-md:hidden">
                <Trans>Roles inside</Trans>
              </th>
              <th scope="col" className="w-32 px-3 font-medium max-lg:hidden">
                <Trans>Joined</Trans>
              </th>
              <th scope="col" className="w-14 px-3 font-medium">
                <span className="sr-only">
                  <Trans>What can be done</Trans>
                </span>
              </th>
            </tr>
          </thead>
          <tbody>
            {members.map((member) => (
              <MemberRow
                key={member.user_id}
                member={member}
                organisation={organisation.id}
                onAsk={(what) => setAsked({ open: true, member, what })}
              />
            ))}
          </tbody>
        </table>
      )}
      <LoadMore
        hasMore={query.hasNextPage}
        loading={query.isFetchingNextPage}
        error={query.error}
        onLoad={() => void query.fetchNextPage()}
      />
      {mayAdd && <AddMemberDialog organisation={organisation} open={adding} onClose={() => setAdding(false)} />}
      <MemberDialogs organisation={organisation} asked={asked} onClose={() => setAsked({ ...asked, open: false })} />
    </PageSection>
  );
}
