import { problemOf } from "./problem";

/** The answer that asks for a fresh sign-in (RFC 9470), as the name of a problem. */
const STEP_UP = "urn:orion:problem:insufficient-user-authentication";

/** Asks somebody to prove once more who they are. @returns whether they did */
type Asker = () => Promise<boolean>;

let asker: Asker | null = null;
const listeners = new Set<() => void>();
let asking: Promise<boolean> | null = null;

/** Says how somebody is asked. Returns how to stop that. */
export function onStepUp(ask: Asker): () => void {
  asker = ask;
  return () => {
    if (asker === ask) asker = null;
  };
}

/** Whether somebody is being asked at this moment: an answer is not late then. */
export const stepUpStore = {
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
  isAsking: () => asking !== null,
};

/**
 * Sends a call, and once more after a fresh sign-in, where the server asks for one: whatever page it was made from, and whatever
 * was typed there, nothing has to be done again. A second such answer is an error like others, so that nobody is asked in a circle.
 */
export async function withStepUp(request: Request, send: (request: Request) => Promise<Response>): Promise<Response> {
  if (request.method === "GET") return send(request);
  const again = request.clone();
  const response = await send(request);
  if (response.status !== 401 || !asker) return response;
  const { type } = await problemOf(response.clone());
  return type === STEP_UP && (await askOnce(asker)) ? send(again) : response;
}

/** Several calls at once are one question. */
function askOnce(ask: Asker): Promise<boolean> {
  asking ??= Promise.resolve()
    .then(ask)
    .finally(() => {
      asking = null;
      tell();
    });
  tell();
  return asking;
}

function tell(): void {
  for (const listener of listeners) listener();
}
