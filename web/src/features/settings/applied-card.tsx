import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { ChevronDown, CircleCheck, CircleHelp, LoaderCircle, RefreshCw, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useContact } from "@/api/contact";
import type { SettingList } from "@/api/schema";
import { Badge, type BadgeTone } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { SERVICES } from "@/features/overview/service-texts";
import { cn } from "@/lib/cn";
import { useFormat } from "@/lib/format";
import { type Applied, appliedOf, isBehind } from "./applied";

interface AppliedCardProps {
  list: SettingList;
  /** Whether it is no longer asked for by itself, since that has taken too long. */
  gaveUp: boolean;
  busy: boolean;
  onAskAgain: () => void;
}

const TONES: Record<BadgeTone, string> = {
  success: "bg-success-surface text-success",
  warning: "bg-warning-surface text-warning",
  danger: "bg-danger-surface text-danger",
  neutral: "bg-secondary",
};

/** Which of the instances have applied what was changed, and loudly what one could not. */
export function AppliedCard({ list, gaveUp, busy, onAskAgain }: AppliedCardProps) {
  const applied = appliedOf(list);
  const isLost = useContact().lostSince !== null;
  return (
    <section className="grid grid-cols-[minmax(0,1fr)] gap-3">
      {applied.refusals.length > 0 && <Refusals refusals={applied.refusals} />}
      <div className="flex flex-wrap items-start gap-2">
        <details className="group min-w-0 flex-1 basis-72 rounded-xl border bg-card shadow-xs">
          <summary className="flex cursor-pointer list-none items-center gap-3 rounded-xl px-4 py-3">
            <Summary list={list} applied={applied} gaveUp={gaveUp} isLost={isLost} />
            <ChevronDown
              aria-hidden
              className="size-4 shrink-0 text-muted-foreground transition-transform group-open:rotate-180"
            />
          </summary>
          <Instances list={list} />
        </details>
        {gaveUp && !isLost && (
          <Button busy={busy} onClick={onAskAgain} className="my-2">
            {!busy && <RefreshCw aria-hidden />}
            <Trans>Ask again</Trans>
          </Button>
        )}
      </div>
    </section>
  );
}

interface SummaryProps {
  list: SettingList;
  applied: Applied;
  gaveUp: boolean;
  isLost: boolean;
}

function Summary({ list: { version }, applied: { count, behind }, gaveUp, isLost }: SummaryProps) {
  const done = count - behind.length;
  if (isLost || count === 0) {
    return (
      <Line tone="neutral" icon={<CircleHelp aria-hidden />}>
        <Trans>What the instances have applied is not known.</Trans>
      </Line>
    );
  }
  if (behind.length === 0) {
    return (
      <Line tone="success" icon={<CircleCheck aria-hidden />}>
        <Plural
          value={count}
          one={`The one instance has version ${version} of the settings.`}
          other={`All # instances have version ${version} of the settings.`}
        />
      </Line>
    );
  }
  if (gaveUp) {
    return (
      <Line tone="warning" icon={<TriangleAlert aria-hidden />}>
        <Trans>
          {done} of {count} instances have version {version}. The others have not come as far within two minutes.
        </Trans>
      </Line>
    );
  }
  return (
    <Line tone="neutral" icon={<LoaderCircle aria-hidden className="animate-spin" />}>
      <Trans>
        {done} of {count} instances have version {version}.
      </Trans>
    </Line>
  );
}

function Line({ tone, icon, children }: { tone: BadgeTone; icon: ReactNode; children: ReactNode }) {
  return (
    <span className="flex min-w-0 flex-1 items-center gap-3">
      <span className={cn("grid size-7 shrink-0 place-items-center rounded-full [&_svg]:size-4", TONES[tone])}>
        {icon}
      </span>
      <span role="status" className="min-w-0">
        {children}
      </span>
    </span>
  );
}

/** What is not in force everywhere although it was saved. */
function Refusals({ refusals }: Pick<Applied, "refusals">) {
  const { t } = useLingui();
  const { formatList } = useFormat();
  return (
    <div role="alert" className="flex gap-3 rounded-xl bg-danger-surface px-4 py-3 text-danger">
      <TriangleAlert aria-hidden className="mt-0.5 size-5 shrink-0" />
      <div className="min-w-0">
        <p className="font-medium">
          <Plural
            value={refusals.length}
            one="A value was saved, but could not be applied everywhere. What was there before is in force there."
            other="# values were saved, but could not be applied everywhere. What was there before is in force there."
          />
        </p>
        <ul className="mt-1.5 grid gap-1 text-[0.8125rem]">
          {refusals.map(({ text, services }) => (
            <li key={text} className="break-words">
              <span className="font-medium">{formatList(services.map((service) => t(SERVICES[service].title)))}: </span>
              {text}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

function Instances({ list: { version, instances } }: { list: SettingList }) {
  const { t } = useLingui();
  return (
    <ul className="border-t px-4 py-2 text-[0.8125rem]">
      {instances.map((one) => {
        const applied = one.version;
        return (
          <li key={one.instance} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-1.5">
            <span className="w-32 font-medium">{t(SERVICES[one.service].title)}</span>
            <code className="min-w-0 flex-1 basis-60 truncate font-mono text-xs text-muted-foreground">
              {one.instance}
            </code>
            {one.refused.length > 0 && (
              <Badge tone="danger">
                <Plural value={one.refused.length} one="# not applied" other="# not applied" />
              </Badge>
            )}
            <Badge tone={isBehind(one, version) ? "warning" : "neutral"}>
              {applied === null ? <Trans>Has not heard them yet</Trans> : <Trans>Version {applied}</Trans>}
            </Badge>
          </li>
        );
      })}
    </ul>
  );
}
