import { CircleHelp, X } from "lucide-react";
import type { DependencyCheck, ServiceHealth } from "@/api/schema";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/lib/cn";
import { formatCount, formatDuration, formatMilliseconds } from "@/lib/format";
import { SERVICES, STATUSES } from "./service-texts";

interface ServiceRowProps {
  health: ServiceHealth;
  /** Whether this is how it is now, and not only how it was. */
  isCurrent: boolean;
  now: number;
}

/** One service in one row; what is wrong with it gets the room that it needs. */
export function ServiceRow({ health, isCurrent, now }: ServiceRowProps) {
  const { title, purpose, icon: Icon } = SERVICES[health.service];
  const headingId = `service-${health.service}`;
  return (
    <article
      aria-labelledby={headingId}
      data-service={health.service}
      data-status={isCurrent ? health.status : "unknown"}
      className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1.5 border-b px-4 py-3 last:border-b-0 lg:grid-cols-[15rem_minmax(0,1fr)_auto_6.5rem]"
    >
      <div className="flex min-w-0 items-center gap-3">
        <div className="grid size-9 shrink-0 place-items-center rounded-lg bg-secondary text-muted-foreground">
          <Icon aria-hidden className="size-4.5" strokeWidth={1.75} />
        </div>
        <div className="min-w-0">
          <h2 id={headingId} className="leading-tight font-semibold tracking-tight">
            {title}
          </h2>
          <p className="truncate text-[0.8125rem] text-muted-foreground">{purpose}</p>
        </div>
      </div>
      <Faults health={health} />
      <p
        className={cn(
          "text-[0.8125rem] tabular-nums max-lg:order-last max-lg:col-span-2 max-lg:empty:hidden lg:text-right",
          isCurrent ? "text-muted-foreground" : "text-muted-foreground/90",
        )}
      >
        {facts(health, isCurrent ? now : Date.parse(health.checked_at)).join(" · ")}
      </p>
      <div className="max-lg:order-[-1] max-lg:col-start-2 max-lg:row-start-1 lg:justify-self-end">
        {isCurrent ? <Verdict health={health} /> : <Unknown />}
      </div>
    </article>
  );
}

function Verdict({ health }: { health: ServiceHealth }) {
  const { label, tone, icon: Icon } = STATUSES[health.status];
  return (
    <Badge tone={tone}>
      <Icon aria-hidden />
      {label}
    </Badge>
  );
}

function Unknown() {
  return (
    <Badge>
      <CircleHelp aria-hidden />
      Unknown
    </Badge>
  );
}

/** What is good to know in few words: nothing is said six times that is said once. */
function facts({ status, checks, latency_ms: latency, instances }: ServiceHealth, now: number): string[] {
  if (status === "down") return [];
  const oldest = instances.map(({ started_at }) => Date.parse(started_at)).sort((one, other) => one - other)[0];
  const passed = checks.filter(({ ok }) => ok).length;
  return [
    ...(passed === 0 ? [] : [`${formatCount(passed)} ${passed === 1 ? "check passes" : "checks pass"}`]),
    ...(latency === null ? [] : [`answers in ${formatMilliseconds(latency)}`]),
    ...(instances.length === 1 ? [] : [`${formatCount(instances.length)} instances`]),
    ...(oldest === undefined ? [] : [`running for ${formatDuration(now - oldest)}`]),
  ];
}

/** What it depends on and does not work. */
function Faults({ health: { checks, status } }: { health: ServiceHealth }) {
  const broken = checks.filter(({ ok }) => !ok);
  if (broken.length === 0 && status !== "down") return <div className="max-lg:hidden" />;
  return (
    <div className="min-w-0 text-[0.8125rem] max-lg:order-last max-lg:col-span-2">
      {broken.length > 0 ? (
        <ul aria-label="What does not work" className="grid gap-1">
          {broken.map((check) => (
            <Broken key={check.name} check={check} />
          ))}
        </ul>
      ) : (
        <p className="text-muted-foreground">It does not answer, so nothing is known of what it depends on.</p>
      )}
    </div>
  );
}

function Broken({ check: { name, required, detail } }: { check: DependencyCheck }) {
  return (
    <li className={required ? "text-danger" : "text-warning"}>
      <X aria-hidden className="mr-1.5 inline size-3.5" strokeWidth={2.5} />
      <span className="font-medium">{name}</span> does not work{required ? "" : ", and can be done without"}
      {detail && <span className="break-words">: {detail}</span>}
    </li>
  );
}
