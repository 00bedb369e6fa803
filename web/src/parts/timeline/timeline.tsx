import { Trans } from "@lingui/react/macro";
import { ChevronDown, Circle, type LucideIcon } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import type { BadgeTone } from "@/components/ui/badge";
import { LoadMore } from "@/components/ui/load-more";
import { Skeleton } from "@/components/ui/skeleton";
import { cn } from "@/lib/cn";
import { formatClock, useFormat } from "@/lib/format";
import { useNow } from "@/lib/use-now";
import { type ListSource, WHOLE_LIST } from "../list-source";
import { groupByDay } from "./group-by-day";
import { useWords } from "./words";

export interface TimelineEntry {
  id: string;
  /** When it happened, in ISO 8601. */
  at: string;
  /** What happened, in a few words. */
  title: string;
  /** Who did it: a name, or a link to them. */
  actor?: ReactNode;
  icon?: LucideIcon;
  tone?: BadgeTone;
  /** What belongs to it and is always seen, such as a reason, or what can be done about it. */
  note?: ReactNode;
  /** More about it, shown when somebody wants it. */
  details?: ReactNode;
}

interface TimelineProps {
  /** What these are: "What happened to Ada". */
  label: string;
  /** The newest first. */
  entries: readonly TimelineEntry[];
  source?: ListSource;
  /** What is shown where nothing has happened. */
  empty: ReactNode;
  /** The level of the days' headings. */
  heading?: "h2" | "h3";
}

const TONES: Record<BadgeTone, string> = {
  neutral: "bg-secondary text-muted-foreground",
  success: "bg-success-surface text-success",
  warning: "bg-warning-surface text-warning",
  danger: "bg-danger-surface text-danger",
};

/** What happened, day by day. */
export function Timeline({ label, entries, source = WHOLE_LIST, empty, heading: Heading = "h3" }: TimelineProps) {
  const words = useWords();
  const { formatDate } = useFormat();
  const now = useNow(60_000);
  if (entries.length === 0) {
    if (source.pending) return <LoadingEntries />;
    if (source.error) return <ErrorState error={source.error} retry={source.retry} busy={source.busy} />;
    return empty;
  }
  return (
    <section aria-label={label} aria-busy={source.stale || undefined} className={cn(source.stale && "opacity-60")}>
      {groupByDay(entries, now, { ...words, formatDate }).map((day) => (
        <section key={day.key} className="mb-2">
          <Heading className="mb-3 text-xs font-medium text-muted-foreground">{day.label}</Heading>
          <ol>
            {day.entries.map((entry) => (
              <Entry key={entry.id} entry={entry} />
            ))}
          </ol>
        </section>
      ))}
      <LoadMore
        label={words.loadOlder}
        hasMore={source.hasMore}
        loading={source.busy}
        error={source.error}
        onLoad={source.loadMore}
      />
    </section>
  );
}

function Entry({ entry }: { entry: TimelineEntry }) {
  const words = useWords();
  const { at, title, actor, icon: Icon = Circle, tone = "neutral", note, details } = entry;
  const [open, setOpen] = useState(false);
  const { formatDateTime } = useFormat();
  const id = useId();
  return (
    <li className="group relative flex gap-3 pb-5">
      {/* The line to the next one of the day. */}
      <span aria-hidden className="absolute top-8 bottom-1 left-[0.8125rem] w-px bg-border group-last:hidden" />
      <span className={cn("grid size-7 shrink-0 place-items-center rounded-full", TONES[tone])}>
        <Icon aria-hidden className="size-4" strokeWidth={1.75} />
      </span>
      <div className="min-w-0 flex-1">
        <div className="flex min-h-7 flex-wrap items-center gap-x-3">
          <p className="min-w-0 flex-1 basis-40 break-words">
            <span className="font-medium">{title}</span>
            {actor && (
              <span className="text-muted-foreground">
                {" "}
                <Trans>by {actor}</Trans>
              </span>
            )}
          </p>
          <time dateTime={at} title={formatDateTime(at)} className="text-xs text-muted-foreground tabular-nums">
            {formatClock(at).slice(0, 8)}
          </time>
        </div>
        {note}
        {details && (
          <>
            <button
              type="button"
              aria-expanded={open}
              aria-controls={open ? id : undefined}
              aria-label={words.detailsOf(title)}
              onClick={() => setOpen(!open)}
              className="-ml-1 inline-flex h-6 items-center gap-1 rounded px-1 text-[0.8125rem] text-muted-foreground hover:text-foreground"
            >
              {words.details}
              <ChevronDown aria-hidden className={cn("size-3.5 transition-transform", open && "rotate-180")} />
            </button>
            {open && (
              <div id={id} className="mt-1.5 overflow-x-auto rounded-lg border bg-muted px-3 py-2 text-[0.8125rem]">
                {details}
              </div>
            )}
          </>
        )}
      </div>
    </li>
  );
}

function LoadingEntries() {
  const words = useWords();
  return (
    <Loading label={words.loading} className="grid gap-5">
      {["first", "second", "third", "fourth"].map((key) => (
        <div key={key} className="flex gap-3">
          <Skeleton className="size-7 rounded-full" />
          <Skeleton className="h-7 flex-1" />
        </div>
      ))}
    </Loading>
  );
}
