import { Trans, useLingui } from "@lingui/react/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Nothing, PageSection } from "@/components/layout/page-section";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { LoadMore } from "@/components/ui/load-more";
import { Skeleton } from "@/components/ui/skeleton";
import { mailsQuery } from "@/features/mails/queries";
import { useFormat } from "@/lib/format";
import { useNow } from "@/lib/use-now";

/** The mails to an address that were captured. */
export function UserMails({ address }: { address: string }) {
  const { t } = useLingui();
  const { formatAgo, formatDateTime } = useFormat();
  const now = useNow(30_000);
  const { data, error, refetch, isFetching, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    mailsQuery(address),
  );
  const mails = data?.pages.flatMap(({ items }) => items);
  return (
    <PageSection title={t`Captured mails`}>
      {mails ? (
        <ul>
          {mails.map(({ id, subject, captured_at }) => (
            <li key={id} className="border-b last:border-b-0">
              <Link
                to="/mails/$mailId"
                params={{ mailId: id }}
                className="flex items-baseline gap-3 px-4 py-3 transition-colors hover:bg-muted focus-visible:-outline-offset-2"
              >
                <span className="min-w-0 flex-1 truncate">{subject || t`(no subject)`}</span>
                <time
                  dateTime={captured_at}
                  title={formatDateTime(captured_at)}
                  className="shrink-0 text-xs text-muted-foreground"
                >
                  {formatAgo(captured_at, now)}
                </time>
              </Link>
            </li>
          ))}
        </ul>
      ) : error ? (
        <ErrorState error={error} retry={() => void refetch()} busy={isFetching} />
      ) : (
        <Loading label={t`Loading the mails`} className="p-3">
          <Skeleton className="h-16" />
        </Loading>
      )}
      {mails?.length === 0 && (
        <Nothing>
          <Trans>No mail to this address was captured in the last days.</Trans>
        </Nothing>
      )}
      {mails && (
        <LoadMore
          hasMore={hasNextPage}
          loading={isFetchingNextPage}
          error={error}
          onLoad={() => void fetchNextPage()}
        />
      )}
    </PageSection>
  );
}
