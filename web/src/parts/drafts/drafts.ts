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
export const isUnsaved = (): boolean => unsaved.size > 0;

/** As `isUnsaved`, for a component. */
export const useIsUnsaved = (): boolean => useSyncExternalStore(subscribe, isUnsaved);

/** The question that `LeaveGuard` asks now; null where there is none. */
export const useLeaveQuestion = (): LeaveQuestion | null => useSyncExternalStore(subscribe, () => question);

/**
 * Asks before what was typed is lost, where something was typed, and there is a `LeaveGuard` on the page.
 *
 * @param isLost whether something would be lost; by itself what any form of the page holds
 * @returns whether to go on
 */
export function mayLeave(isLost = isUnsaved()): Promise<boolean> {
  // Two that ask at once are one question less: the first is called off.
  question?.answer(false);
  if (!isLost || listeners.size === 0) return Promise.resolve(true);
  return new Promise((resolve) => {
    const asked: LeaveQuestion = {
      answer: (leave) => {
        // The dialog closes after it has answered; there may be a newer question by then.
        if (question !== asked) return;
        question = null;
        resolve(leave);
        // Whoever has asked goes first, and says where the focus goes.
        queueMicrotask(tell);
      },
    };
    question = asked;
    tell();
  });
}

/** Lets go of all that was not saved, where a page has to go at once; nobody is asked about it. */
export function forgetDrafts(): void {
  unsaved.clear();
  tell();
}
