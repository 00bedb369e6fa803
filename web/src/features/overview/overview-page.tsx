import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { overviewQuery } from "@/api/queries";
import type { LiveMessage, ServiceHealth } from "@/api/schema";
import { LiveIndicator } from "@/components/layout/live-indicator";
import { PageHeader } from "@/components/layout/page-header";
import { ErrorState } from "@/components/state/error-state";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { cn } from "@/lib/cn";
import { formatClock } from "@/lib/format";
import { useNow } from "@/lib/use-now";
import { useLiveStatus, useLiveTopic } from "@/live/live";
import { summarise } from "./platform-summary";
import { ServiceCard } from "./service-card";
import { STATUSES } from "./service-texts";

const GRID =
  "grid grid-cols-[minmax(0,1fr)] gap-4 lg:grid-cols-[repeat(2,minmax(0,1fr))] xl:grid-cols-[repeat(3,minmax(0,1fr))]";

export function OverviewPage() {
  const queryClient = useQueryClient();
  const { data, error, refetch, isFetching } = useQuery(overviewQuery);
  const takeHealth = useCallback(
    (message: LiveMessage) => {
      if (message.kind === "health") queryClient.setQueryData(overviewQuery.queryKey, { services: message.services });
    },
    [queryClient],
  );
  useLiveTopic("health", takeHealth);

  return (
    <div className="mx-auto max-w-7xl p-4 sm:p-6">
      <PageHeader
        title="Overview"
        description="Every service of the platform, as it is now."
        actions={<LiveIndicator />}
      />
      <div className="mt-6">
        {data ? (
          <Services services={data.services} />
        ) : error ? (
          <ErrorState error={error} retry={() => void refetch()} busy={isFetching} />
        ) : (
          <Loading />
        )}
      </div>
    </div>
  );
}

function Services({ services }: { services: ServiceHealth[] }) {
  const now = useNow(1_000);
  const status = useLiveStatus();
  const summary = summarise(services);
  const { icon: Icon, tone } = STATUSES[summary.status];
  const newest = services
    .map(({ checked_at }) => checked_at)
    .sort()
    .at(-1);
  return (
    <>
      <div
        role="status"
        data-platform={summary.status}
        className={cn(
          "mb-4 flex items-center gap-3 rounded-xl px-4 py-3",
          { success: "bg-success-surface", warning: "bg-warning-surface", danger: "bg-danger-surface", neutral: "" }[
            tone
          ],
          { success: "text-success", warning: "text-warning", danger: "text-danger", neutral: "" }[tone],
        )}
      >
        <Icon aria-hidden className="size-5 shrink-0" />
        <span className="font-medium">{summary.headline}</span>
        {status === "reconnecting" && newest && (
          <span className="ml-auto text-right text-[0.8125rem]">as of {formatClock(newest).slice(0, 8)}</span>
        )}
      </div>
      <div className={GRID}>
        {services.map((health) => (
          <ServiceCard key={health.service} health={health} now={now} />
        ))}
      </div>
    </>
  );
}

function Loading() {
  return (
    <div role="status" aria-label="Loading the services">
      <Skeleton className="mb-4 h-12 rounded-xl" />
      <div className={GRID}>
        {["first", "second", "third", "fourth", "fifth"].map((key) => (
          <Card key={key} className="p-4">
            <Skeleton className="h-9 w-1/2" />
            <Skeleton className="mt-5 h-24" />
          </Card>
        ))}
      </div>
    </div>
  );
}
