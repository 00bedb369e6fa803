import { useSyncExternalStore } from "react";

/** Phones: the width below which lists become cards and nothing stands side by side. */
export const NARROW = "(width < 40rem)";

/** Whether a media query holds now; false where there is no window to measure. */
export function useMediaQuery(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = window.matchMedia?.(query);
      list?.addEventListener("change", listener);
      return () => list?.removeEventListener("change", listener);
    },
    () => window.matchMedia?.(query).matches ?? false,
  );
}
