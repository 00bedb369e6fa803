import type { I18n } from "@lingui/core";
import { t } from "@lingui/core/macro";
import { wordsHook } from "../use-words";

const wordsOf = (i18n: I18n) => ({
  title: t(i18n)`Leave without saving?`,
  text: t(i18n)`What you typed here was not saved, and is lost.`,
  leave: t(i18n)`Leave`,
});

export const useWords = wordsHook(wordsOf);
