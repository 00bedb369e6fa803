import { useEffect, useSyncExternalStore } from "react";

/** Somebody wants to go on although something was typed and not saved. */
export interface LeaveQuestion {
  answer: (leave: boolean) => void;
}

const unsaved = new Set<symbol>();
const listeners = new Set<() => void>();
let question: LeaveQuestion | null = null;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    // Nobody is there any more who could ask.
    if (listeners.size === 0) question?.answer(true);
  };
}

function tell(): void {
  for (const listener of listeners) listener();
}

/** Says that a form holds what somebody typed and did not save, as long as it is shown. */
export function useDraft(isUnsaved: boolean): void {
  useEffect(() => {
    if (!isUnsaved) return;
    const draft = Symbol();
    unsaved.add(draft);
    tell();
    return () => {
      unsaved.delete(draft);
      tell();
    };
  }, [isUnsaved]);
}

/** Whether any form of the page holds what was not saved. */
export const useIsUnsaved = (): boolean => useSyncExternalStore(subscribe, () => unsaved.size > 0);

/** The question that `LeaveGuard` asks now; null where there is none. */
export const useLeaveQuestion = (): LeaveQuestion | null => useSyncExternalStore(subscribe, () => question);

/**
 * Asks before what was typed is lost, where something was typed, and there is a `LeaveGuard` on the page.
 *
 * @param isUnsaved whether something would be lost; by itself what any form of the page holds
 * @returns whether to go on
 */
export function mayLeave(isUnsaved = unsaved.size > 0): Promise<boolean> {
  // Two that ask at once are one question less: the first is called off.
  question?.answer(false);
  if (!isUnsaved || listeners.size === 0) return Promise.resolve(true);
  return new Promise((resolve) => {
    question = {
      answer: (leave) => {
        question = null;
        resolve(leave);
        // Whoever has asked goes first, and says where the focus goes.
        queueMicrotask(tell);
      },
    };
    tell();
  });
}
