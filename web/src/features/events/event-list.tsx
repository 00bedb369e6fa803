import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useLayoutEffect, useRef, useState } from "react";
import type { Event as PlatformEvent } from "@/api/schema";
import { cn } from "@/lib/cn";
import { EventRow } from "./event-row";

interface EventListProps {
  label: string;
  events: readonly PlatformEvent[];
  /** What the events were chosen by; when that changes, the list begins at the top. */
  chosenBy: string;
  /** Somebody scrolled away from the newest or opened one: the list should stand still. */
  onRead?: () => void;
  /** Whether the events are those of the look before. */
  stale?: boolean;
  /** What stands below the last one. */
  end?: ReactNode;
}

const ROW_HEIGHT = 41;
/** Scrolling further than this from the top counts as reading. */
const READING_PX = 24;

/** The newest events on top; only the rows in view exist. */
export function EventList({ label, events, chosenBy, onRead, stale = false, end }: EventListProps) {
  const scroller = useRef<HTMLElement>(null);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const virtualizer = useVirtualizer({
    count: events.length,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => events[index]?.id ?? index,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: it waits for another choice
  useLayoutEffect(() => {
    if (scroller.current) scroller.current.scrollTop = 0;
  }, [chosenBy]);

  const toggle = (id: string) => {
    const next = new Set(open);
    if (!next.delete(id)) {
      next.add(id);
      onRead?.();
    }
    setOpen(next);
  };
  const onScroll = () => {
    if ((scroller.current?.scrollTop ?? 0) > READING_PX) onRead?.();
  };

  return (
    <section
      ref={scroller}
      onScroll={onScroll}
      aria-label={label}
      aria-busy={stale || undefined}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      className={cn(
        "min-h-64 flex-1 overflow-y-auto rounded-xl border bg-card shadow-xs transition-opacity",
        stale && "opacity-60",
      )}
    >
      <ul className="relative" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ key, index, start }) => {
          const event = events[index];
          if (!event) return null;
          return (
            <li
              key={key}
              ref={virtualizer.measureElement}
              data-index={index}
              className="absolute inset-x-0 top-0 border-b"
              style={{ transform: `translateY(${start}px)` }}
            >
              <EventRow event={event} open={open.has(event.id)} onToggle={() => toggle(event.id)} />
            </li>
          );
        })}
      </ul>
      {end}
    </section>
  );
}
