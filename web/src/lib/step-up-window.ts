/**
 * What is said between the console and the window in which somebody proves at a provider who they are. The two share an origin in
 * the end and nothing else: pages of other origins come between, so neither has a hold of the other.
 */
const CHANNEL = "orion-step-up";

/** What came back from a provider. */
export interface Brought {
  /** As it was sent along: it says for whom this is. */
  state: string;
  /** What was proven; none where nothing was. */
  code: string | null;
}

/** Hears what comes back. Returns how to stop that. */
export function onBrought(listener: (brought: Brought) => void): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = ({ data }: MessageEvent<Brought>) => listener(data);
  return () => channel.close();
}

/** Says what the address of this window brought. */
export function bring(search: string): void {
  const given = new URLSearchParams(search);
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage({ state: given.get("state") ?? "", code: given.get("code") } satisfies Brought);
  channel.close();
}

/** Opens the window, empty at first: later than with the click browsers do not let it. `null` where they never do. */
export const openWindow = () => window.open("", CHANNEL, "popup,width=520,height=720");
