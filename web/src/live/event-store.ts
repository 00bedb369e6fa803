import type { LiveMessage, Event as PlatformEvent } from "@/api/schema";
import { RingBuffer } from "@/lib/ring-buffer";

/** How many events the page keeps; older ones leave. */
export const EVENT_CAPACITY = 5_000;

export interface StoredEvent {
  event: PlatformEvent;
  /** Everything that a search looks at, in lower case. */
  haystack: string;
}

export interface EventView {
  /** Newest first. */
  events: readonly StoredEvent[];
  paused: boolean;
  /** Events that came since the pause. */
  waiting: number;
  /** Messages that the server left out because this page was too slow. */
  missed: number;
}

const EMPTY: EventView = { events: [], paused: false, waiting: 0, missed: 0 };

/**
 * Events as they arrive, held outside React: however many come, the page is told once per frame.
 * While paused the view stands still and only counts.
 */
export class EventStore {
  readonly #buffer: RingBuffer<StoredEvent>;
  readonly #known = new Set<string>();
  readonly #listeners = new Set<() => void>();
  readonly #schedule: (flush: () => void) => void;
  #view: EventView = EMPTY;
  #fresh = 0;
  #missed = 0;
  #scheduled = false;

  constructor(schedule: (flush: () => void) => void, capacity = EVENT_CAPACITY) {
    this.#schedule = schedule;
    this.#buffer = new RingBuffer(capacity);
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  view = (): EventView => this.#view;

  /** Takes a live message; an event that is already known, as after a resume, is kept once. */
  receive = (message: LiveMessage): void => {
    if (message.kind === "lagged") this.#missed += message.missed;
    if (message.kind === "events") {
      for (const event of message.events) this.#add(event);
    }
    this.#flushSoon();
  };

  setPaused(paused: boolean): void {
    if (paused === this.#view.paused) return;
    this.#view = { ...this.#view, paused };
    if (!paused) this.#fresh = 0;
    this.#flush();
  }

  clear(): void {
    this.#buffer.clear();
    this.#known.clear();
    this.#fresh = 0;
    this.#missed = 0;
    this.#view = EMPTY;
    this.#notify();
  }

  #add(event: PlatformEvent): void {
    if (this.#known.has(event.id)) return;
    this.#known.add(event.id);
    const evicted = this.#buffer.push({ event, haystack: JSON.stringify(event).toLowerCase() });
    if (evicted) this.#known.delete(evicted.event.id);
    if (this.#view.paused) this.#fresh += 1;
  }

  #flushSoon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const { paused, events } = this.#view;
    this.#view = {
      events: paused ? events : this.#buffer.newestFirst(),
      paused,
      waiting: this.#fresh,
      missed: this.#missed,
    };
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** The page's events: they outlive the events page, so that coming back resumes instead of starting empty. */
export const eventStore = new EventStore((flush) => requestAnimationFrame(flush));

/** The events that contain every word of the search. */
export function searchEvents(events: readonly StoredEvent[], search: string): readonly StoredEvent[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return events;
  return events.filter(({ haystack }) => words.every((word) => haystack.includes(word)));
}
