import { useContact } from "@/api/contact";
import { cn } from "@/lib/cn";
import type { LiveStatus } from "@/live/connection";
import { useLiveStatus } from "@/live/live";

const LABELS: Record<LiveStatus, string> = {
  idle: "Not connected",
  connecting: "Connecting…",
  live: "Live",
  refused: "Not available",
  reconnecting: "Reconnecting…",
  ended: "Session ended",
};

/** Whether what the page shows is live at this moment. @param paused whether the page stands still by its reader's wish */
export function LiveIndicator({ paused = false }: { paused?: boolean }) {
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
      {isLost ? "No connection" : isLive && paused ? "Paused" : LABELS[status]}
    </span>
  );
}
