declare global {
  interface Window {
    /** What `public/early.js` has asked for before the program was there, by its path. */
    earlyAnswers?: Map<string, Promise<Response>>;
  }
}

/** Answers are asked for when the page begins. So long after that they say what was, and nobody gets them any more. */
const GOOD_FOR_MS = 30_000;

/**
 * The answer to a call that was asked for already. Each is good for one call: who asks again wants to know anew. None is good once
 * something was sent, which may have changed what they say, such as who is signed in.
 */
export function takeEarlyAnswer({ method, url }: Request): Promise<Response> | undefined {
  const answers = window.earlyAnswers;
  if (method !== "GET" || Date.now() - performance.timeOrigin > GOOD_FOR_MS) answers?.clear();
  const { pathname, search } = new URL(url);
  const answer = search === "" ? answers?.get(pathname) : undefined;
  if (answer) answers?.delete(pathname);
  return answer;
}
