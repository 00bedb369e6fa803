import type { LiveMessage, LiveRequest, LiveTopic } from "@/api/schema";
import { CLOSE_FORBIDDEN, CLOSE_SESSION_ENDED } from "./close-codes";

/**
 * `idle`: nobody watches, or the tab is hidden. `refused`: connected, but a topic cannot be had at the moment. `ended`: the
 * session is over; only `revive` connects again.
 */
export type LiveStatus = "idle" | "connecting" | "live" | "refused" | "reconnecting" | "ended";
export type LiveListener = (message: LiveMessage) => void;

/** What is used of a WebSocket, so that tests can stand in for the network. */
export type LiveSocket = Pick<WebSocket, "send" | "close"> & {
  readonly readyState: number;
  onopen: (() => void) | null;
  onmessage: ((event: { data: string }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
};

export interface LiveHooks {
  /** The server closed the socket because the session has ended. */
  onSessionEnded: () => void;
  /** The server has said something. */
  onHeard: () => void;
  /** The connection broke, or could not be made. */
  onBroken: () => void;
  /** What a topic needs was taken away, or cannot be had at the moment. */
  onTopicRefused: (topic: LiveTopic) => void;
  /** Connecting failed repeatedly, and a browser does not say why: the session may have ended meanwhile. */
  onRefused: () => void;
}

interface Subscription {
  id: number;
  topic: LiveTopic;
  /** Only what this condition holds of; empty for everything. */
  filter: string;
  listeners: Set<LiveListener>;
  /** What is wrong with the filter: nothing comes, whoever watches. */
  wrong: LiveMessage | null;
}

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 10_000;
/** A socket without subscriptions stays for as long, because moving between pages ends one and starts another. */
const LINGER_MS = 2_000;
/** Failures in a row after which the session is asked about. */
const REFUSALS_BEFORE_DOUBT = 2;
/** A topic that was refused is asked for again after so long. */
const ASK_AGAIN_MS = 5_000;
const OPEN = 1;

/**
 * One WebSocket for everything that the page watches.
 *
 * A topic is subscribed to once for each filter, however many listeners it has, and resumed after the last message seen when
 * the connection comes back. A hidden page holds no connection.
 */
export class LiveConnection {
  readonly #connect: () => LiveSocket;
  readonly #hooks: LiveHooks;
  /** By topic and filter, as are the sequence numbers. */
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #lastSequence = new Map<string, number>();
  readonly #statusListeners = new Set<() => void>();
  #holders = 0;
  #socket: LiveSocket | null = null;
  #status: LiveStatus = "idle";
  #visible = true;
  #attempts = 0;
  #nextId = 1;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(connect: () => LiveSocket, hooks: LiveHooks) {
    this.#connect = connect;
    this.#hooks = hooks;
  }

  get status(): LiveStatus {
    return this.#status;
  }

  /** Calls back when the status changes. Returns how to stop that. */
  watchStatus = (listener: () => void): (() => void) => {
    this.#statusListeners.add(listener);
    return () => this.#statusListeners.delete(listener);
  };

  /** Watches a topic, or what a filter holds of in it, until the returned function is called. */
  subscribe(topic: LiveTopic, onMessage: LiveListener, filter = ""): () => void {
    // Its own function each time, so that the same callback given twice counts as two.
    const listener: LiveListener = (message) => onMessage(message);
    const key = keyOf(topic, filter);
    const existing = this.#subscriptions.get(key);
    if (existing) {
      existing.listeners.add(listener);
      if (existing.wrong) listener(existing.wrong);
    } else {
      const subscription = { id: this.#nextId++, topic, filter, listeners: new Set([listener]), wrong: null };
      this.#subscriptions.set(key, subscription);
      this.#sendSubscription(key, subscription);
      this.#open();
    }
    return () => this.#release(key, listener);
  }

  /** Keeps a connection, also while no topic is watched, until the returned function is called: one that breaks tells. */
  hold(): () => void {
    let held = true;
    this.#holders += 1;
    this.#open();
    return () => {
      if (!held) return;
      held = false;
      this.#holders -= 1;
      this.#closeLater();
    };
  }

  /** Drops the connection of a hidden page and takes it up again when the page is seen. */
  setVisible(visible: boolean): void {
    this.#visible = visible;
    if (visible) this.#open();
    else if (this.#status !== "ended") this.#closeNow("idle");
  }

  /** Tries at once, for instance when the network is back. */
  retryNow(): void {
    if (this.#status !== "reconnecting") return;
    this.#attempts = 0;
    this.#open();
  }

  /** Connects no more until `revive`: the session is over. */
  end(): void {
    this.#closeNow("ended");
    this.#lastSequence.clear();
  }

  /** Lets a new session connect. */
  revive(): void {
    if (this.#status === "ended") this.#setStatus("idle");
    this.#open();
  }

  #release(key: string, listener: LiveListener): void {
    const subscription = this.#subscriptions.get(key);
    if (!subscription?.listeners.delete(listener) || subscription.listeners.size > 0) return;
    this.#subscriptions.delete(key);
    // Of filters there is no end; who comes back to one begins anew.
    if (subscription.filter) this.#lastSequence.delete(key);
    // What was refused may have been this topic; another one's refusal shows again when it is asked for again.
    if (this.#status === "refused") this.#setStatus("live");
    // What was refused for its filter is no subscription.
    if (!subscription.wrong) this.#send({ op: "unsubscribe", id: subscription.id });
    this.#closeLater();
  }

  get #isWanted(): boolean {
    return this.#subscriptions.size > 0 || this.#holders > 0;
  }

  #closeLater(): void {
    if (this.#isWanted || !this.#socket) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#closeNow("idle"), LINGER_MS);
  }

  #open(): void {
    if (!this.#visible || !this.#isWanted || this.#status === "ended") return;
    clearTimeout(this.#timer);
    if (this.#socket) return;
    this.#setStatus(this.#attempts === 0 ? "connecting" : "reconnecting");
    const socket = this.#connect();
    this.#socket = socket;
    socket.onopen = () => {
      this.#attempts = 0;
      this.#hooks.onHeard();
      for (const [key, subscription] of this.#subscriptions) this.#sendSubscription(key, subscription);
      this.#setStatus("live");
    };
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data) as LiveMessage);
    socket.onclose = ({ code }) => this.#closed(code);
  }

  #closed(code: number): void {
    this.#socket = null;
    if (code === CLOSE_SESSION_ENDED || code === CLOSE_FORBIDDEN) {
      this.#setStatus("ended");
      this.#hooks.onSessionEnded();
    } else if (this.#isWanted) {
      this.#setStatus("reconnecting");
      this.#hooks.onBroken();
      if (this.#attempts === REFUSALS_BEFORE_DOUBT) this.#hooks.onRefused();
      // Doubling, and never two browsers in step: half of the delay is random.
      const delay = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#attempts++);
      this.#timer = setTimeout(() => this.#open(), delay / 2 + (Math.random() * delay) / 2);
    } else {
      this.#setStatus("idle");
    }
  }

  #closeNow(status: LiveStatus): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    this.#attempts = 0;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    this.#setStatus(status);
  }

  #receive(message: LiveMessage): void {
    this.#hooks.onHeard();
    for (const [key, subscription] of this.#subscriptions) {
      if (subscription.id !== message.id) continue;
      if ("sequence" in message) this.#lastSequence.set(key, message.sequence);
      if (isAboutFilter(message)) subscription.wrong = message;
      for (const listener of subscription.listeners) listener(message);
      if (message.kind === "error" && !subscription.wrong) this.#refused(key, subscription);
    }
  }

  #refused(key: string, subscription: Subscription): void {
    this.#setStatus("refused");
    const socket = this.#socket;
    setTimeout(() => {
      if (socket !== this.#socket || this.#subscriptions.get(key) !== subscription) return;
      this.#sendSubscription(key, subscription);
      this.#setStatus("live");
    }, ASK_AGAIN_MS);
    this.#hooks.onTopicRefused(subscription.topic);
  }

  #sendSubscription(key: string, { id, topic, filter, wrong }: Subscription): void {
    if (wrong) return;
    const resume_after = this.#lastSequence.get(key) ?? null;
    this.#send({ op: "subscribe", id, topic, ...(filter && { filter }), resume_after });
  }

  #send(request: LiveRequest): void {
    if (this.#socket?.readyState === OPEN) this.#socket.send(JSON.stringify(request));
  }

  #setStatus(status: LiveStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    for (const listener of this.#statusListeners) listener();
  }
}

const keyOf = (topic: LiveTopic, filter: string): string => `${topic} ${filter}`;

/** Whether a message says that the filter is wrong, which asking again does not change. */
export const isAboutFilter = (message: LiveMessage): message is LiveMessage & { kind: "error" } =>
  message.kind === "error" && message.field === "filter";
