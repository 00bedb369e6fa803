import { cn } from "@/lib/cn";
import type { LiveStatus } from "@/live/connection";
import { useLiveStatus } from "@/live/live";

const LABELS: Record<LiveStatus, string> = {
  idle: "Not connected",
  connecting: "Connecting…",
  live: "Live",
  reconnecting: "Reconnecting…",
  ended: "Session ended",
};

/** Whether what the page shows is live at this moment. */
export function LiveIndicator() {
  const status = useLiveStatus();
  return (
    <span
      role="status"
      data-live={status}
      className="inline-flex h-8 items-center gap-2 rounded-full border bg-card px-3 text-[0.8125rem] font-medium shadow-xs"
    >
      <span aria-hidden className="relative flex size-2">
        {status === "live" && <span className="absolute inset-0 animate-ping rounded-full bg-success opacity-50" />}
        <span className={cn("relative size-2 rounded-full", status === "live" ? "bg-success" : "bg-warning")} />
      </span>
      {LABELS[status]}
    </span>
  );
}
