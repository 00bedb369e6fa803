/** The field that takes the keys which were kept for it has this attribute. */
const TAKER = "[data-takes-keys]";

let kept: string[] | null = null;
let giveUp: () => void = () => undefined;

/**
 * Keeps the keys that are pressed from now on, until the field that they are meant for has the focus and takes them: what
 * opens over a page may have to be loaded first. Nothing of the page hears them meanwhile.
 *
 * @param onEscape somebody wants that field no more
 */
export function keepKeys(onEscape: () => void): void {
  giveUp = onEscape;
  if (kept) return;
  kept = [];
  // Before everybody else.
  document.addEventListener("keydown", keep, { capture: true });
}

/** The keys that were kept, as `KeyboardEvent.key` names them; no more are. */
export function takeKeys(): string[] {
  const keys = kept ?? [];
  kept = null;
  document.removeEventListener("keydown", keep, { capture: true });
  return keys;
}

function keep(event: KeyboardEvent): void {
  const isForOthers = event.target instanceof Element && event.target.closest(TAKER) !== null;
  // The browser's own shortcuts stay its own; a character that is written with AltGr is none of them.
  const isHeld = event.ctrlKey || event.metaKey || event.altKey;
  if (isForOthers || event.isComposing || (isHeld && !event.getModifierState("AltGraph"))) return;
  event.preventDefault();
  event.stopPropagation();
  if (event.key === "Escape") {
    takeKeys();
    giveUp();
  } else kept?.push(event.key);
}

/** A text with these keys typed at its end. */
export function typeInto(text: string, keys: readonly string[]): string {
  return keys.reduce((typed, key) => {
    if (key === "Backspace") return typed.slice(0, -1);
    return [...key].length === 1 ? typed + key : typed;
  }, text);
}
