declare global {
  interface Window {
    /** What `public/early.js` has asked for before the program was there, by its path. */
    earlyAnswers?: Map<string, Promise<Response>>;
  }
}

/** The answer to a call that was asked for already. Each is good for one call: who asks again wants to know anew. */
export function takeEarlyAnswer({ method, url }: Request): Promise<Response> | undefined {
  const { pathname, search } = new URL(url);
  const answer = method === "GET" && search === "" ? window.earlyAnswers?.get(pathname) : undefined;
  if (answer) window.earlyAnswers?.delete(pathname);
  return answer;
}
