import { useEffect, useState, useSyncExternalStore } from "react";
import { api, onSessionEnded, reportSessionEnded } from "@/api/client";
import { contact } from "@/api/contact";
import type { LiveTopic } from "@/api/schema";
import { isAboutFilter, LiveConnection, type LiveListener, type LiveSocket, type LiveStatus } from "./connection";

function connect(): LiveSocket {
  const scheme = window.location.protocol === "https:" ? "wss" : "ws";
  return new WebSocket(`${scheme}://${window.location.host}/console/live`) as LiveSocket;
}

const accessListeners = new Set<() => void>();

/** Calls back when a topic was refused that the page watches: what its user may do has changed. Returns how to stop that. */
export function onAccessChanged(listener: () => void): () => void {
  accessListeners.add(listener);
  return () => accessListeners.delete(listener);
}

/** The page's one live connection. */
export const live = new LiveConnection(connect, {
  onHeard: contact.heard,
  onBroken: () => void contact.ask(),
  onTopicRefused: () => {
    for (const listener of accessListeners) listener();
  },
  onSessionEnded: reportSessionEnded,
  // The call itself reports an ended session; any other failure means that the server is away.
  onRefused: () => void api.GET("/console/session").catch(() => undefined),
});

/** Connects only while the page is seen, and tries at once when the network is back. */
export function followPageLife(): void {
  document.addEventListener("visibilitychange", () => live.setVisible(document.visibilityState === "visible"));
  window.addEventListener("online", () => live.retryNow());
  onSessionEnded(() => live.end());
}

export function useLiveStatus(): LiveStatus {
  return useSyncExternalStore(live.watchStatus, () => live.status);
}

interface LiveOptions {
  /** Only what this condition holds of; empty for everything. */
  filter?: string;
  enabled?: boolean;
}

/**
 * Watches a topic while the component is shown. The listener must be stable.
 *
 * @returns what is wrong with the filter, when that is why nothing comes
 */
export function useLive(topic: LiveTopic, listener: LiveListener, options: LiveOptions = {}): string | undefined {
  const { filter = "", enabled = true } = options;
  const [refusal, setRefusal] = useState<{ filter: string; detail: string }>();
  useEffect(() => {
    if (!enabled) return undefined;
    const take: LiveListener = (message) => {
      if (isAboutFilter(message)) setRefusal({ filter, detail: message.detail });
      else listener(message);
    };
    return live.subscribe(topic, take, filter);
  }, [topic, listener, filter, enabled]);
  return refusal?.filter === filter ? refusal.detail : undefined;
}
