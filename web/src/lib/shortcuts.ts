import { useEffect, useRef } from "react";

/** By keys: `mod+k` (Control, or Command on a Mac), `?`, or two keys in a row such as `g o`. */
export type Shortcuts = Record<string, () => void>;

const SEQUENCE_MS = 1_000;
const EDITABLE = "input, textarea, select, [contenteditable='true']";
/** Dialogs and menus keep plain keys to themselves while they are open; one that is fading away does no more. */
const OVERLAY = ":is([role='dialog'], [role='alertdialog'], [role='menu']):not([data-closed], [data-ending-style])";

type KeyPress = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">;

/** The name of a key press as shortcuts are written; null for those that never start one. */
export function keyName({ key, ctrlKey, metaKey, altKey }: KeyPress): string | null {
  if (altKey || key.length !== 1) return null;
  return ctrlKey || metaKey ? `mod+${key.toLowerCase()}` : key.toLowerCase();
}

/** Tells which shortcut a key press completes, remembering the first key of a pair for a second. */
export function createShortcutReader(now: () => number = Date.now) {
  let first = { key: "", at: 0 };
  return (key: string, shortcuts: Shortcuts): (() => void) | undefined => {
    const pair = now() - first.at <= SEQUENCE_MS ? shortcuts[`${first.key} ${key}`] : undefined;
    first = pair ? { key: "", at: 0 } : { key, at: now() };
    return pair ?? shortcuts[key];
  };
}

/** Listens to the page's keys, except plain ones while something is being typed or a dialog is open. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const current = useRef(shortcuts);
  useEffect(() => {
    current.current = shortcuts;
  });
  useEffect(() => {
    const read = createShortcutReader();
    const onKeyDown = (event: KeyboardEvent) => {
      const key = keyName(event);
      if (!key || event.defaultPrevented) return;
      const busy = event.target instanceof Element && event.target.closest(`${EDITABLE}, ${OVERLAY}`);
      if (busy && !key.startsWith("mod+")) return;
      const run = read(key, current.current);
      if (!run) return;
      event.preventDefault();
      run();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}

/** Whether this computer's main modifier is Command. */
export const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
