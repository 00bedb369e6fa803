import { Check, X } from "lucide-react";
import type { DependencyCheck, ServiceHealth } from "@/api/schema";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { cn } from "@/lib/cn";
import { formatCount, formatDuration, formatMilliseconds } from "@/lib/format";
import { SERVICES, STATUSES } from "./service-texts";

/** One service: its verdict, its instances and what it depends on. */
export function ServiceCard({ health, now }: { health: ServiceHealth; now: number }) {
  const { title, purpose, icon: Icon } = SERVICES[health.service];
  const status = STATUSES[health.status];
  const headingId = `service-${health.service}`;
  return (
    <Card
      role="article"
      aria-labelledby={headingId}
      data-service={health.service}
      data-status={health.status}
      className="flex flex-col"
    >
      <div className="flex items-start gap-3 p-4 pb-3">
        <div className="grid size-9 shrink-0 place-items-center rounded-lg bg-secondary text-muted-foreground">
          <Icon aria-hidden className="size-4.5" strokeWidth={1.75} />
        </div>
        <div className="min-w-0 flex-1">
          <h2 id={headingId} className="leading-tight font-semibold tracking-tight">
            {title}
          </h2>
          <p className="truncate text-[0.8125rem] text-muted-foreground">{purpose}</p>
        </div>
        <Badge tone={status.tone}>
          <status.icon aria-hidden />
          {status.label}
        </Badge>
      </div>
      <Facts health={health} now={now} />
      <Checks health={health} />
    </Card>
  );
}

function Facts({ health: { latency_ms: latency, instances }, now }: { health: ServiceHealth; now: number }) {
  const oldest = instances.map(({ started_at }) => Date.parse(started_at)).sort((one, other) => one - other)[0];
  const versions = [...new Set(instances.map(({ version }) => version))];
  const facts: [label: string, value: string][] = [
    ["Latency", latency === null ? "–" : formatMilliseconds(latency)],
    ["Instances", formatCount(instances.length)],
    ["Running for", oldest === undefined ? "–" : formatDuration(now - oldest)],
    [versions.length > 1 ? "Versions" : "Version", versions.join(", ") || "–"],
  ];
  return (
    <dl className="grid grid-cols-[repeat(4,minmax(0,auto))] justify-between gap-3 border-y bg-muted/50 px-4 py-2.5">
      {facts.map(([label, value]) => (
        <div key={label}>
          <dt className="truncate text-xs text-muted-foreground">{label}</dt>
          <dd className="truncate text-[0.8125rem] font-medium tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Checks({ health: { checks, status } }: { health: ServiceHealth }) {
  if (checks.length === 0) {
    return (
      <p className="px-4 py-3 text-[0.8125rem] text-muted-foreground">
        {status === "down"
          ? "It does not answer, so nothing is known of what it depends on."
          : "It depends on nothing else."}
      </p>
    );
  }
  return (
    <ul aria-label="Dependencies" className="grid grid-cols-[minmax(0,1fr)] gap-1.5 px-4 py-3">
      {checks.map((check) => (
        <DependencyRow key={check.name} check={check} />
      ))}
    </ul>
  );
}

/** One dependency in one line; what is wrong with it gets the room that it needs. */
function DependencyRow({ check: { name, ok, required, detail, duration_ms: duration } }: { check: DependencyCheck }) {
  const Icon = ok ? Check : X;
  return (
    <li className="text-[0.8125rem]">
      <div className="flex items-baseline gap-2">
        <Icon
          aria-hidden
          className={cn("size-3.5 shrink-0 self-center", ok ? "text-success" : "text-danger")}
          strokeWidth={2.5}
        />
        <span className="font-medium">{name}</span>
        <span className="sr-only">{ok ? "works" : "does not work"}</span>
        <span className="min-w-0 flex-1 truncate text-muted-foreground" title={detail ?? undefined}>
          {ok && detail}
        </span>
        {!required && <span className="text-xs text-muted-foreground">optional</span>}
        <span className="text-xs text-muted-foreground tabular-nums">{formatMilliseconds(duration)}</span>
      </div>
      {!ok && detail && <p className="pl-5.5 break-words text-danger">{detail}</p>}
    </li>
  );
}
