import createClient, { type Middleware } from "openapi-fetch";
import { contact, isFromServer } from "./contact";
import { takeEarlyAnswer } from "./early-answers";
import { ApiError, problemOf, unreachable } from "./problem";
import type { ConsoleSession, paths } from "./schema";
import { withStepUp } from "./step-up";

/** The server's answer to a call without a session, and to one as somebody whom, or for an organisation for which, the session does not act
 * (any more). Other refusals say nothing about the session. */
const NOT_THIS_SESSION = ["no-console-session", "acts-as-another", "acts-for-another"];

type Caller = Pick<ConsoleSession, "user_id" | "organisation">;

/** Whom the page shows. */
let caller: Caller | null = null;

/** Says as whom the page calls from now on, and for which organisation. What the server would do otherwise it refuses. */
export function callAs(session: Caller | null): void {
  caller = session;
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

function noteActivity(response: Response): void {
  const now = Date.now();
  const serverTime = Date.parse(response.headers.get("date") ?? "");
  if (!Number.isNaN(serverTime)) activity.clockOffset = serverTime - now;
  if (response.ok) activity.answeredAt = now;
}

/** What is done with every call and its answer; whatever is no success is thrown. */
const exchange: Middleware = {
  onRequest: ({ request }) => {
    // A header that no form and no foreign page can send: the server's proof against cross-site requests.
    if (request.method !== "GET") request.headers.set("x-orion-csrf", "1");
    if (!caller) return;
    request.headers.set("x-orion-as", caller.user_id);
    request.headers.set("x-orion-for", caller.organisation?.id ?? "none");
  },
  onError: ({ error }) => {
    if (error instanceof DOMException && error.name === "AbortError") return error;
    contact.missed();
    return new ApiError(unreachable());
  },
  onResponse: async ({ response }) => {
    if (isFromServer(response)) contact.heard();
    else contact.missed();
    noteActivity(response);
    if (response.ok) return;
    const error = new ApiError(await problemOf(response));
    if (NOT_THIS_SESSION.includes(error.kind)) reportSessionEnded();
    throw error;
  },
};

/** Calls the server. Paths, parameters, bodies and answers are those of the committed documents (`schema.ts`). */
export const api = createClient<paths>({
  baseUrl: window.location.origin,
  fetch: (request) => withStepUp(request, (request) => contact.attend(takeEarlyAnswer(request) ?? fetch(request))),
  headers: { accept: "application/json, application/problem+json" },
  credentials: "same-origin",
  cache: "no-store",
});
api.use(exchange);

/** What a call answers. One that is no success was thrown before, as an `ApiError`. */
export async function answerOf<Answer>(call: Promise<{ data?: Answer }>): Promise<Answer> {
  return (await call).data as Answer;
}

/** Those of the values that are given; what is undefined or an empty text is left out of a query. */
export function given<Values extends Record<string, unknown>>(values: Values): Given<Values> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries(entries) as Given<Values>;
}

type Given<Values> = { [Name in keyof Values]?: Exclude<Values[Name], undefined> };
