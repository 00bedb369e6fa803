import type { I18n } from "@lingui/core";
import { t } from "@lingui/core/macro";
import { wordsHook } from "../use-words";

const wordsOf = (i18n: I18n) => ({
  today: t(i18n)`Today`,
  yesterday: t(i18n)`Yesterday`,
  details: t(i18n)`Details`,
  detailsOf: (title: string) => t(i18n)`Details of: ${title}`,
  loading: t(i18n)`Loading what happened`,
  loadOlder: t(i18n)`Load older ones`,
});

export const useWords = wordsHook(wordsOf);
