import { contact, isFromServer } from "./contact";
import { ApiError, problemOf, unreachable } from "./problem";

/** The server's answer to a call without a session. Other refusals say nothing about the session. */
const NO_SESSION = "no-console-session";

type QueryValue = string | number | undefined;

interface CallOptions {
  query?: Record<string, QueryValue>;
  body?: unknown;
  signal?: AbortSignal;
}

interface Activity {
  /** When the server last answered a signed-in call, in this computer's clock (ms since 1970). */
  answeredAt: number;
  /** The server's clock minus this computer's, in ms; session ends are given in the server's time. */
  clockOffset: number;
}

export const activity: Activity = { answeredAt: 0, clockOffset: 0 };

const sessionEndedListeners = new Set<() => void>();

/** Calls back whenever a call is refused because the session has ended. Returns how to stop that. */
export function onSessionEnded(listener: () => void): () => void {
  sessionEndedListeners.add(listener);
  return () => sessionEndedListeners.delete(listener);
}

/** Tells everybody that the session has ended: used by calls and by the live connection. */
export function reportSessionEnded(): void {
  for (const listener of sessionEndedListeners) listener();
}

/** A same-origin path with its query; undefined and empty values are left out. */
export function pathWithQuery(path: string, query: Record<string, QueryValue> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

async function call<Answer>(method: string, path: string, options?: CallOptions): Promise<Answer> {
  const response = await send(method, path, options);
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}

/** Sends a call; whatever is no success is thrown. */
async function send(method: string, path: string, options: CallOptions = {}): Promise<Response> {
  const headers = new Headers({ accept: "application/json, application/problem+json" });
  // A header that no form and no foreign page can send: the server's proof against cross-site requests.
  if (method !== "GET") headers.set("x-orion-csrf", "1");
  const init: RequestInit = { method, headers, credentials: "same-origin", cache: "no-store" };
  if (options.signal) init.signal = options.signal;
  if (options.body !== undefined) {
    headers.set("content-type", "application/json");
    init.body = JSON.stringify(options.body);
  }
  const response = await contact.attend(fetch(pathWithQuery(path, options.query), init)).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    contact.missed();
    throw new ApiError(unreachable());
  });
  if (isFromServer(response)) contact.heard();
  else contact.missed();
  noteActivity(response);
  if (!response.ok) {
    const error = new ApiError(await problemOf(response));
    if (error.kind === NO_SESSION) reportSessionEnded();
    throw error;
  }
  return response;
}

function noteActivity(response: Response): void {
  const now = Date.now();
  const serverTime = Date.parse(response.headers.get("date") ?? "");
  if (!Number.isNaN(serverTime)) activity.clockOffset = serverTime - now;
  if (response.ok) activity.answeredAt = now;
}

export const api = {
  get: <Answer>(path: string, options?: CallOptions) => call<Answer>("GET", path, options),
  text: async (path: string, options?: CallOptions) => (await send("GET", path, options)).text(),
  post: <Answer>(path: string, body: unknown, options?: Pick<CallOptions, "signal">) =>
    call<Answer>("POST", path, { ...options, body }),
  delete: (path: string) => call<void>("DELETE", path),
};
