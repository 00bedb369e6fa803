import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark" | "system";

const THEMES: readonly unknown[] = ["light", "dark", "system"] satisfies Theme[];

/** Whether a value from outside names a theme. */
export const isTheme = (value: unknown): value is Theme => THEMES.includes(value);

/** Also read by `public/early.js`, before the first paint. */
const STORAGE_KEY = "orion.theme";
const systemIsDark = () => window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

/** The theme chosen; `system` when nothing was. */
export function currentTheme(): Theme {
  const choice = localStorage.getItem(STORAGE_KEY);
  return choice === "light" || choice === "dark" ? choice : "system";
}

function apply(): void {
  const theme = currentTheme();
  document.documentElement.classList.toggle("dark", theme === "dark" || (theme === "system" && systemIsDark().matches));
  for (const listener of listeners) listener();
}

export function chooseTheme(theme: Theme): void {
  if (theme === "system") localStorage.removeItem(STORAGE_KEY);
  else localStorage.setItem(STORAGE_KEY, theme);
  apply();
}

/** Follows the system and other tabs from now on. */
export function followThemeChanges(): void {
  systemIsDark().addEventListener("change", apply);
  window.addEventListener("storage", apply);
}

export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, currentTheme);
}
