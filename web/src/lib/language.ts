import { i18n, type Messages } from "@lingui/core";

type Catalogues = Record<string, () => Promise<Messages>>;

const byLanguage = (files: Catalogues): Catalogues =>
  Object.fromEntries(Object.entries(files).map(([path, load]) => [path.replace(/^.*\/|\.po.*$/g, ""), load]));

/** The languages of the console, which are its catalogues: `locales/de.po` is German. */
const CATALOGUES = byLanguage(import.meta.glob<Messages>("../../locales/*.po", { import: "messages" }));

/** What one page alone says, by its folder in `src/features` (`WITH_THEIR_PAGE` in `words.ts`). */
const APART = {
  settings: byLanguage(import.meta.glob<Messages>("../../locales/*.po", { import: "messages", query: "?of=settings" })),
};
/** Those of which something was shown: their words come with each language from then on. */
const shown = new Set<keyof typeof APART>();

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
  const messages = await messagesOf(language);
  i18n.loadAndActivate({ locale: language, messages });
  document.documentElement.lang = language;
}

async function messagesOf(language: string): Promise<Messages> {
  const wanted = [CATALOGUES[language], ...[...shown].map((folder) => APART[folder][language])];
  const found = await Promise.all(wanted.map((load) => load?.()));
  if (found.includes(undefined)) throw new Error(`there is no catalogue for ${language}`);
  // A page may have come meanwhile.
  return wanted.length === shown.size + 1 ? Object.assign({}, ...found) : messagesOf(language);
}

/** Speaks of what one page alone says as well, in this language and in those that are chosen later. */
export async function speakOf(folder: keyof typeof APART): Promise<void> {
  shown.add(folder);
  const { locale } = i18n;
  const messages = await APART[folder][locale]?.();
  if (messages) i18n.load(locale, messages);
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
