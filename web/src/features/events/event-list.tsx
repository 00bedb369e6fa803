import { useVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useRef, useState } from "react";
import { EventRow } from "./event-row";
import type { StoredEvent } from "./event-store";

interface EventListProps {
  events: readonly StoredEvent[];
  /** What the events were chosen by; for another filter the list begins at the top. */
  filter: string;
  /** Somebody scrolled away from the newest or opened one: the list should stand still. */
  onRead: () => void;
}

const ROW_HEIGHT = 41;
/** Scrolling further than this from the top counts as reading. */
const READING_PX = 24;

/** The newest events on top; only the rows in view exist. */
export function EventList({ events, filter, onRead }: EventListProps) {
  const scroller = useRef<HTMLElement>(null);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const virtualizer = useVirtualizer({
    count: events.length,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => events[index]?.event.id ?? index,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: the filter is what it waits for
  useLayoutEffect(() => {
    if (scroller.current) scroller.current.scrollTop = 0;
  }, [filter]);

  const toggle = (id: string) => {
    const next = new Set(open);
    if (!next.delete(id)) {
      next.add(id);
      onRead();
    }
    setOpen(next);
  };
  const onScroll = () => {
    if ((scroller.current?.scrollTop ?? 0) > READING_PX) onRead();
  };

  return (
    <section
      ref={scroller}
      onScroll={onScroll}
      aria-label="Event stream"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      className="min-h-64 flex-1 overflow-y-auto rounded-xl border bg-card shadow-xs"
    >
      <ul className="relative" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ key, index, start }) => {
          const stored = events[index];
          if (!stored) return null;
          const { event } = stored;
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
    </section>
  );
}
