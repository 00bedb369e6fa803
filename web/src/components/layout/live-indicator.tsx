import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useContact } from "@/api/contact";
import { cn } from "@/lib/cn";
import type { LiveStatus } from "@/live/connection";
import { useLiveStatus } from "@/live/live";

const LABELS: Record<LiveStatus, MessageDescriptor> = {
  idle: msg`Not connected`,
  connecting: msg`Connecting…`,
  live: msg`Live`,
  refused: msg`Not available`,
  reconnecting: msg`Reconnecting…`,
  ended: msg`Session ended`,
};

/** Whether what the page shows is live at this moment. @param paused whether the page stands still by its reader's wish */
export function LiveIndicator({ paused = false }: { paused?: boolean }) {
  const { t } = useLingui();
  const status = useLiveStatus();
  const isLost = useContact().lostSince !== null;
  const isLive = status === "live" && !isLost;
  const flows = isLive && !paused;
  return (
    <span
      role="status"
      data-live={isLost ? "lost" : status}
      className="inline-flex h-8 items-center gap-2 rounded-full border bg-card px-3 text-[0.8125rem] font-medium shadow-xs"
    >
      <span aria-hidden className="relative flex size-2">
        {flows && <span className="absolute inset-0 animate-ping rounded-full bg-success opacity-50" />}
        <span className={cn("relative size-2 rounded-full", flows ? "bg-success" : "bg-warning")} />
      </span>
      {isLost ? t`No connection` : isLive && paused ? t`Paused` : t(LABELS[status])}
    </span>
  );
}
