import type { I18n } from "@lingui/core";
import { useLingui } from "@lingui/react";

/**
 * A hook that gives the words of a part in the language that the page speaks; they are made once for each language.
 *
 * @param make says them; what it gives are texts, and functions that fill something in
 */
export function wordsHook<Words>(make: (i18n: I18n) => Words): () => Words {
  const made = new Map<string, Words>();
  return function useWords() {
    const { i18n } = useLingui();
    const words = made.get(i18n.locale) ?? make(i18n);
    made.set(i18n.locale, words);
    return words;
  };
}
