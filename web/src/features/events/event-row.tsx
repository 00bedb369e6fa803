import { Trans, useLingui } from "@lingui/react/macro";
import { ChevronRight, Copy } from "lucide-react";
import type { Event as PlatformEvent } from "@/api/schema";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { SeverityBadge } from "@/features/security/severity-badge";
import { cn } from "@/lib/cn";
import { useFormat } from "@/lib/format";
import { notify } from "@/lib/notify";
import { eventSubject, isFailure } from "./event-texts";

interface EventRowProps {
  event: PlatformEvent;
  open: boolean;
  onToggle: () => void;
}

export function EventRow({ event, open, onToggle }: EventRowProps) {
  const { formatDateTime, formatMoment } = useFormat();
  const detailId = `event-${event.id}`;
  return (
    <>
      <button
        type="button"
        aria-expanded={open}
        aria-controls={detailId}
        onClick={onToggle}
        className="grid w-full grid-cols-[1rem_minmax(0,1fr)_auto] items-center gap-x-3 gap-y-0.5 px-3 py-2.5 text-left text-[0.8125rem] transition-colors hover:bg-muted focus-visible:-outline-offset-2 lg:grid-cols-[1rem_7rem_15rem_minmax(0,1fr)_7.5rem] lg:gap-y-0"
      >
        <ChevronRight
          aria-hidden
          className={cn("size-4 text-muted-foreground transition-transform", open && "rotate-90")}
        />
        <time
          dateTime={event.occurred_at}
          title={formatDateTime(event.occurred_at)}
          className="font-mono text-xs text-muted-foreground max-lg:order-3"
        >
          {formatMoment(event.occurred_at)}
        </time>
        <span className="flex min-w-0 items-center gap-2">
          <span className={cn("truncate font-mono text-xs font-medium", isFailure(event.type) && "text-danger")}>
            {event.type}
          </span>
          <SeverityBadge severity={event.data.severity} />
        </span>
        <span className="truncate text-muted-foreground max-lg:order-4 max-lg:col-span-2 max-lg:col-start-2">
          {eventSubject(event)}
        </span>
        <span className="justify-self-end max-lg:hidden">
          <Badge>{event.source}</Badge>
        </span>
      </button>
      {open && <EventDetail id={detailId} event={event} />}
    </>
  );
}

function EventDetail({ id, event }: { id: string; event: PlatformEvent }) {
  const { t } = useLingui();
  const { type } = event;
  const json = JSON.stringify(event, null, 2);
  const copy = async () => {
    await navigator.clipboard.writeText(json);
    notify({ title: t`Copied`, description: t`The event is on the clipboard as JSON.` });
  };
  return (
    <section
      id={id}
      aria-label={t`Detail of ${type}`}
      className="flex items-start gap-3 border-t bg-muted/60 px-4 py-3 max-sm:flex-col-reverse lg:pl-10"
    >
      <pre className="min-w-0 flex-1 font-mono text-xs leading-relaxed break-all whitespace-pre-wrap">{json}</pre>
      <Button size="small" onClick={copy} className="max-sm:self-end">
        <Copy aria-hidden />
        <Trans>Copy</Trans>
      </Button>
    </section>
  );
}
