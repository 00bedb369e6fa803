export interface Note {
  title: string;
  description?: string;
  type?: "success" | "error" | "waiting";
}

type Taker = (note: Note) => void;

let waiting: Note[] = [];
let taker: Taker | null = null;
const listeners = new Set<() => void>();

/** Shows a short note. What shows it is loaded at the first one; until then notes wait. */
export function notify(note: Note): void {
  if (taker) {
    taker(note);
    return;
  }
  waiting = [...waiting, note];
  for (const listener of listeners) listener();
}

/** Hands waiting and future notes to whatever shows them. Returns how to stop that. */
export function takeNotes(take: Taker): () => void {
  taker = take;
  for (const note of waiting) take(note);
  waiting = [];
  return () => {
    taker = null;
  };
}

export function watchNotes(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether there was ever something to show. */
export const hasNotes = (): boolean => taker !== null || waiting.length > 0;
