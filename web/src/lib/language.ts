import { i18n, type Messages } from "@lingui/core";

/** The languages of the console, which are its catalogues: `locales/de.po` is German. */
const CATALOGUES: Record<string, () => Promise<Messages>> = Object.fromEntries(
  Object.entries(import.meta.glob<Messages>("../../locales/*.po", { import: "messages" })).map(([path, load]) => [
    path.replace(/^.*\/|\.po$/g, ""),
    load,
  ]),
);

export const LANGUAGES: readonly string[] = Object.keys(CATALOGUES);

/** Also read by `public/early.js`, which asks for the catalogue before the program is there. */
const STORAGE_KEY = "orion.language";
const FALLBACK = "en";

/** A language's name in itself, such as "Deutsch". */
export function languageName(language: string): string {
  const name = new Intl.DisplayNames(language, { type: "language" }).of(language) ?? language;
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
}

function storedLanguage(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    // Storage may be forbidden; the browser's languages count then.
    return null;
  }
}

/** The language chosen, otherwise the first of the browser's that there is a catalogue for. */
export function wantedLanguage(): string {
  const tags = [storedLanguage(), ...navigator.languages];
  const names = tags.map((tag) => tag?.split("-")[0]?.toLowerCase());
  return names.find((name): name is string => name !== undefined && Object.hasOwn(CATALOGUES, name)) ?? FALLBACK;
}

/** The place whose dates and numbers go with a language: the browser's first one that speaks it, such as `en-GB`. */
export const placeOf = (language: string): string =>
  navigator.languages.find((tag) => tag.toLowerCase().split("-")[0] === language) ?? language;

/** Speaks a language from now on. Throws when its words cannot be had. */
export async function speak(language: string): Promise<void> {
  const messages = await CATALOGUES[language]?.();
  if (!messages) throw new Error(`there is no catalogue for ${language}`);
  i18n.loadAndActivate({ locale: language, messages });
  document.documentElement.lang = language;
}

/** Speaks a language, and keeps it for the next visit. Throws when its words cannot be had; then nothing has changed. */
export async function chooseLanguage(language: string): Promise<void> {
  await speak(language);
  localStorage.setItem(STORAGE_KEY, language);
}

/** Follows what is chosen in other tabs from now on. */
export function followLanguageChanges(): void {
  window.addEventListener("storage", ({ key }) => {
    if (key === STORAGE_KEY) void speak(wantedLanguage()).catch(() => undefined);
  });
}
