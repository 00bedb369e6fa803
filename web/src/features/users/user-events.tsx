import { Trans, useLingui } from "@lingui/react/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Nothing, PageSection } from "@/components/layout/page-section";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { buttonVariants } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { eventsOfUser } from "@/features/events/event-examples";
import { EventRow } from "@/features/events/event-row";
import { eventLogQuery } from "@/features/events/queries";

/** How many are shown here; the log has the others. */
const SHOWN = 10;

/** What happened about a user lately. */
export function UserEvents({ userId }: { userId: string }) {
  const { t } = useLingui();
  const filter = eventsOfUser(userId);
  const { data, error, refetch, isFetching } = useInfiniteQuery(eventLogQuery(filter, 0));
  const [open, setOpen] = useState<string | null>(null);
  const events = data?.pages[0]?.items.slice(0, SHOWN);
  return (
    <PageSection
      title={t`Recent events`}
      action={
        <Link to="/events" search={{ filter }} className={buttonVariants({ size: "small" })}>
          <Trans>Look into the log</Trans>
        </Link>
      }
    >
      {events ? (
        <ul>
          {events.map((event) => (
            <li key={event.id} className="border-b last:border-b-0">
              <EventRow
                event={event}
                open={open === event.id}
                onToggle={() => setOpen(open === event.id ? null : event.id)}
              />
            </li>
          ))}
        </ul>
      ) : error ? (
        <ErrorState error={error} retry={() => void refetch()} busy={isFetching} />
      ) : (
        <Loading label={t`Looking into the log`} className="p-3">
          <Skeleton className="h-24" />
        </Loading>
      )}
      {events?.length === 0 && (
        <Nothing>
          <Trans>The newest part of the log has nothing about this user.</Trans>
        </Nothing>
      )}
    </PageSection>
  );
}
