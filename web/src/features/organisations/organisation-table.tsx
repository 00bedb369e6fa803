import { Trans, useLingui } from "@lingui/react/macro";
import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Organisation } from "@/api/schema";
import { Card } from "@/components/ui/card";
import { LoadMore } from "@/components/ui/load-more";
import { cn } from "@/lib/cn";
import { useFormat } from "@/lib/format";

interface OrganisationTableProps {
  query: UseInfiniteQueryResult<InfiniteData<{ items: Organisation[] }>>;
  organisations: readonly Organisation[];
}

/** Organisations, by name. */
export function OrganisationTable({ query, organisations }: OrganisationTableProps) {
  const { t } = useLingui();
  const { formatDate, formatDateTime } = useFormat();
  const { hasNextPage, isFetchingNextPage, error, fetchNextPage, isPlaceholderData } = query;
  return (
    <Card
      aria-busy={isPlaceholderData || undefined}
      className={cn("overflow-hidden transition-opacity", isPlaceholderData && "opacity-60")}
    >
      <table aria-label={t`List of organisations`} className="w-full table-fixed border-collapse text-left">
        <thead className="border-b text-xs text-muted-foreground">
          <tr>
            <th scope="col" className="h-9 px-4 font-medium">
              <Trans>Organisation</Trans>
            </th>
            <th scope="col" className="w-64 px-3 font-medium max-md:hidden">
              <Trans>Name in addresses</Trans>
            </th>
            <th scope="col" className="w-32 px-3 font-medium">
              <Trans>Made</Trans>
            </th>
          </tr>
        </thead>
        <tbody>
          {organisations.map(({ id, name, slug, description, created_at: made }) => (
            <tr key={id} className="border-b last:border-b-0">
              <td className="px-4 py-2.5">
                <p className="truncate font-medium">
                  <Link
                    to="/organisations/$organisationId"
                    params={{ organisationId: id }}
                    className="rounded-sm underline-offset-2 hover:underline"
                  >
                    <bdi>{name}</bdi>
                  </Link>
                </p>
                <p className="truncate font-mono text-xs text-muted-foreground md:hidden">{slug}</p>
                {description && (
                  <p className="truncate text-[0.8125rem] text-muted-foreground max-sm:hidden">{description}</p>
                )}
              </td>
              <td className="truncate px-3 font-mono text-xs max-md:hidden">{slug}</td>
              <td className="truncate px-3 text-[0.8125rem] text-muted-foreground">
                <time dateTime={made} title={formatDateTime(made)}>
                  {formatDate(made)}
                </time>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <LoadMore hasMore={hasNextPage} loading={isFetchingNextPage} error={error} onLoad={() => void fetchNextPage()} />
    </Card>
  );
}
