import { plural } from "@lingui/core/macro";
import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleHelp } from "lucide-react";
import { useCallback } from "react";
import { activity } from "@/api/client";
import { useContact } from "@/api/contact";
import type { LiveMessage, ServiceHealth, ServiceName, ServiceStatus } from "@/api/schema";
import { LiveIndicator } from "@/components/layout/live-indicator";
import { PAGE_BOX, PageHeader } from "@/components/layout/page-header";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import type { BadgeTone } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { cn } from "@/lib/cn";
import { formatTime, useFormat } from "@/lib/format";
import { useNow } from "@/lib/use-now";
import { useLive } from "@/live/live";
import { foundAt, isCurrent, summarise } from "./platform-summary";
import { overviewQuery } from "./queries";
import { ServiceRow } from "./service-row";
import { SERVICES, STATUSES } from "./service-texts";

export function OverviewPage() {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const { data, error, refetch, isFetching } = useQuery(overviewQuery);
  const takeHealth = useCallback(
    (message: LiveMessage) => {
      if (message.kind === "health") queryClient.setQueryData(overviewQuery.queryKey, { services: message.services });
    },
    [queryClient],
  );
  useLive("health", takeHealth);

  return (
    <div className={PAGE_BOX}>
      <PageHeader title={t`Overview`} description={t`Every service of the platform.`} actions={<LiveIndicator />} />
      <div className="mt-6">
        {data ? (
          <Services services={data.services} />
        ) : error ? (
          <ErrorState error={error} retry={() => void refetch()} busy={isFetching} />
        ) : (
          <Loading label={t`Loading the services`}>
            <Skeleton className="mb-4 h-12 rounded-xl" />
            <Skeleton className="h-80 rounded-xl" />
          </Loading>
        )}
      </div>
    </div>
  );
}

function Services({ services }: { services: ServiceHealth[] }) {
  const now = useNow(1_000);
  const { lostSince } = useContact();
  const at = foundAt(services, activity.clockOffset);
  const known = isCurrent(at, now, lostSince);
  const versions = [...new Set(services.flatMap(({ instances }) => instances.map(({ version }) => version)))];
  const list = versions.join(", ");
  return (
    <>
      {known ? <Summary services={services} /> : <NotKnown at={Math.min(at, lostSince ?? at)} />}
      <Card className="overflow-hidden">
        {services.map((health) => (
          <ServiceRow key={health.service} health={health} isCurrent={known} now={now} />
        ))}
      </Card>
      {versions.length > 0 && (
        <p className="mt-3 px-1 text-xs text-muted-foreground">
          <Plural value={versions.length} one={`Version ${list}`} other={`Different versions run: ${list}`} />
        </p>
      )}
    </>
  );
}

const BANNER = "mb-4 flex items-center gap-3 rounded-xl px-4 py-3";
const TONES: Record<BadgeTone, string> = {
  success: "bg-success-surface text-success",
  warning: "bg-warning-surface text-warning",
  danger: "bg-danger-surface text-danger",
  neutral: "bg-secondary",
};

function Summary({ services }: { services: ServiceHealth[] }) {
  const { status, services: concerned } = summarise(services);
  const headline = useHeadline(status, concerned);
  const { icon: Icon, tone } = STATUSES[status];
  return (
    <div role="status" data-platform={status} className={cn(BANNER, TONES[tone])}>
      <Icon aria-hidden className="size-5 shrink-0" />
      <span className="font-medium">{headline}</span>
    </div>
  );
}

/** How the platform is, in one sentence. @param concerned the services that it is about */
function useHeadline(status: ServiceStatus, concerned: readonly ServiceName[]): string {
  const { t } = useLingui();
  const { formatList } = useFormat();
  const names = formatList(concerned.map((service) => t(SERVICES[service].title)));
  if (status === "down") return t`${plural(concerned.length, { one: `${names} is down`, other: `${names} are down` })}`;
  if (status === "degraded") {
    return t`${plural(concerned.length, { one: `${names} is degraded`, other: `${names} are degraded` })}`;
  }
  return t`All services are up`;
}

/** Nobody says how the services are now; below stands how they were. @param at when that was (ms since 1970) */
function NotKnown({ at }: { at: number }) {
  const time = formatTime(at);
  return (
    <div role="status" data-platform="unknown" className={cn(BANNER, TONES.neutral)}>
      <CircleHelp aria-hidden className="size-5 shrink-0" />
      <span>
        <Trans>
          <span className="font-medium">How the services are is not known.</span> Below is what was seen at {time}.
        </Trans>
      </span>
    </div>
  );
}
