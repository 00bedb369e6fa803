import { plural } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { CircleHelp, X } from "lucide-react";
import type { DependencyCheck, ServiceHealth } from "@/api/schema";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/lib/cn";
import { useFormat } from "@/lib/format";
import { SERVICES, STATUSES } from "./service-texts";

interface ServiceRowProps {
  health: ServiceHealth;
  /** Whether this is how it is now, and not only how it was. */
  isCurrent: boolean;
  now: number;
}

/** One service in one row; what is wrong with it gets the room that it needs. */
export function ServiceRow({ health, isCurrent, now }: ServiceRowProps) {
  const { t } = useLingui();
  const facts = useFacts();
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
            {t(title)}
          </h2>
          <p className="truncate text-[0.8125rem] text-muted-foreground">{t(purpose)}</p>
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
  const { t } = useLingui();
  const { label, tone, icon: Icon } = STATUSES[health.status];
  return (
    <Badge tone={tone}>
      <Icon aria-hidden />
      {t(label)}
    </Badge>
  );
}

function Unknown() {
  return (
    <Badge>
      <CircleHelp aria-hidden />
      <Trans>Unknown</Trans>
    </Badge>
  );
}

/** What is good to know in few words: nothing is said six times that is said once. */
function useFacts(): (health: ServiceHealth, now: number) => string[] {
  const { t } = useLingui();
  const { formatDuration, formatMilliseconds } = useFormat();
  return ({ status, checks, latency_ms: latency, instances }, now) => {
    if (status === "down") return [];
    const oldest = instances.map(({ started_at }) => Date.parse(started_at)).sort((one, other) => one - other)[0];
    const passed = checks.filter(({ ok }) => ok).length;
    const facts: string[] = [];
    if (passed > 0) facts.push(t`${plural(passed, { one: "# check passes", other: "# checks pass" })}`);
    if (latency !== null) {
      const time = formatMilliseconds(latency);
      facts.push(t`answers in ${time}`);
    }
    if (instances.length !== 1) {
      facts.push(t`${plural(instances.length, { one: "# instance", other: "# instances" })}`);
    }
    if (oldest !== undefined) {
      const duration = formatDuration(now - oldest);
      facts.push(t`running for ${duration}`);
    }
    return facts;
  };
}

/** What it depends on and does not work. */
function Faults({ health: { checks, status } }: { health: ServiceHealth }) {
  const { t } = useLingui();
  const broken = checks.filter(({ ok }) => !ok);
  if (broken.length === 0 && status !== "down") return <div className="max-lg:hidden" />;
  return (
    <div className="min-w-0 text-[0.8125rem] max-lg:order-last max-lg:col-span-2">
      {broken.length > 0 ? (
        <ul aria-label={t`What does not work`} className="grid gap-1">
          {broken.map((check) => (
            <Broken key={check.name} check={check} />
          ))}
        </ul>
      ) : (
        <p className="text-muted-foreground">
          <Trans>It does not answer, so nothing is known of what it depends on.</Trans>
        </p>
      )}
    </div>
  );
}

function Broken({ check: { name, required, detail } }: { check: DependencyCheck }) {
  return (
    <li className={required ? "text-danger" : "text-warning"}>
      <X aria-hidden className="mr-1.5 inline size-3.5" strokeWidth={2.5} />
      {required ? (
        <Trans>
          <span className="font-medium">{name}</span> does not work
        </Trans>
      ) : (
        <Trans>
          <span className="font-medium">{name}</span> does not work, and can be done without
        </Trans>
      )}
      {detail && <span className="break-words">: {detail}</span>}
    </li>
  );
}
