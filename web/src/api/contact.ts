import { useSyncExternalStore } from "react";

export interface Contact {
  /** When the server answered last (ms since 1970, this computer's clock), while it answers no more; otherwise null. */
  lostSince: number | null;
}

/** How often it is looked whether the server has to be asked. */
const TICK_MS = 3_000;
/** A server that has said nothing for so long is asked; one that is lost is asked at every tick. */
const QUIET_MS = 15_000;
/** How long it may take to answer. */
const LIMIT_MS = 3_000;
/** A call without an answer for so long gives reason to ask: with the limit, a server that stands still is told of after 5 s. */
const DOUBT_MS = 2_000;

/** Whether the console's server answers, as all calls and the live connection have found. */
export class ContactStore {
  readonly #ask: () => Promise<boolean>;
  readonly #listeners = new Set<() => void>();
  #heardAt = Date.now();
  #contact: Contact = { lostSince: null };
  #asking = false;

  /** @param ask asks the server for anything; whether it has answered */
  constructor(ask: () => Promise<boolean>) {
    this.#ask = ask;
  }

  view = (): Contact => this.#contact;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The server has said something. */
  heard = (): void => {
    this.#heardAt = Date.now();
    this.#become(null);
  };

  /** A call had no answer. */
  missed = (): void => this.#become(this.#contact.lostSince ?? this.#heardAt);

  /** Something gives reason to ask, such as a connection that broke. */
  ask = async (): Promise<void> => {
    if (this.#asking) return;
    this.#asking = true;
    const askedAt = Date.now();
    const answered = await this.#ask();
    this.#asking = false;
    if (answered) this.heard();
    // What was heard meanwhile is an answer as well.
    else if (this.#heardAt <= askedAt) this.missed();
  };

  /** Has an eye on a call: one that takes long gives reason to ask. Hands on what it comes to. */
  attend = async <Answer>(call: Promise<Answer>): Promise<Answer> => {
    const timer = setTimeout(() => void this.ask(), DOUBT_MS);
    try {
      return await call;
    } finally {
      clearTimeout(timer);
    }
  };

  /** Asks now and then from now on, for a server may also fall silent while nobody calls it. Returns how to stop that. */
  watch = (isVisible: () => boolean): (() => void) => {
    const timer = setInterval(() => {
      const quiet = this.#contact.lostSince !== null || Date.now() - this.#heardAt >= QUIET_MS;
      if (quiet && isVisible()) void this.ask();
    }, TICK_MS);
    return () => clearInterval(timer);
  };

  #become(lostSince: number | null): void {
    if (lostSince === this.#contact.lostSince) return;
    this.#contact = { lostSince };
    for (const listener of this.#listeners) listener();
  }
}

/** Whether a response is from the console's server, and not from a proxy that could not reach it. */
export function isFromServer(response: Response): boolean {
  const atGateway = response.status === 502 || response.status === 503 || response.status === 504;
  return !atGateway || (response.headers.get("content-type")?.includes("json") ?? false);
}

/** Asks for what needs no session, so that looking after the server keeps no session alive. */
async function askState(): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(LIMIT_MS);
    return isFromServer(await fetch("/console/state", { cache: "no-store", credentials: "same-origin", signal }));
  } catch {
    return false;
  }
}

export const contact = new ContactStore(askState);

export function useContact(): Contact {
  return useSyncExternalStore(contact.subscribe, contact.view);
}
