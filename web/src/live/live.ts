import { useEffect, useSyncExternalStore } from "react";
import { api, onSessionEnded, reportSessionEnded } from "@/api/client";
import { contact } from "@/api/contact";
import type { LiveTopic } from "@/api/schema";
import { LiveConnection, type LiveListener, type LiveSocket, type LiveStatus } from "./connection";

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

/** Watches a topic while the component is shown. The listener must be stable. */
export function useLiveTopic(topic: LiveTopic, listener: LiveListener, enabled = true): void {
  useEffect(() => (enabled ? live.subscribe(topic, listener) : undefined), [topic, listener, enabled]);
}
