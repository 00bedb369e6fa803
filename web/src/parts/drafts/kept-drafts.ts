import { useEffect, useState } from "react";

/** How many forms are kept, and how long what stands in one may be (characters as JSON): more is nobody's typing. */
const MOST_FORMS = 50;
const LONGEST = 100_000;

interface Kept {
  userId: string;
  drafts: Map<string, unknown>;
}

/** What stands in the forms of the page, by the name of each; undefined where nothing was typed. */
const shown = new Map<string, unknown>();
let kept: Kept | null = null;

/**
 * Keeps what stands in the forms when their user's session ends, until that user signs in again on this page. Only the page's
 * memory has it: it goes with the page, and nobody else gets it.
 */
export function keepDrafts(userId: string): void {
  const typed = [...shown].filter(([, draft]) => draft !== undefined && JSON.stringify(draft).length <= LONGEST);
  const before = kept?.userId === userId ? kept.drafts : [];
  kept = { userId, drafts: new Map([...before, ...typed].slice(-MOST_FORMS)) };
}

/** Forgets what is kept, but that of this user. */
export function forgetDraftsBut(userId: string | null): void {
  if (kept?.userId !== userId) kept = null;
}

/** The names of the forms of which something is kept. */
export const keptNames = (): string[] => [...(kept?.drafts.keys() ?? [])];

/** What was kept of a form, which begins with it. It is the form's from then on. @param name tells it from all others */
export function useKept<Draft>(name: string): Draft | undefined {
  const [draft] = useState(() => kept?.drafts.get(name) as Draft | undefined);
  useEffect(() => void kept?.drafts.delete(name), [name]);
  return draft;
}

/** Says what stands in a form and would be kept; undefined where nothing was typed. */
export function useKeeping(name: string, draft: unknown): void {
  useEffect(() => {
    shown.set(name, draft);
    return () => void shown.delete(name);
  }, [name, draft]);
}
