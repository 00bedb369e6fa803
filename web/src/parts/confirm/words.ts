import type { I18n } from "@lingui/core";
import { plural, t } from "@lingui/core/macro";
import { wordsHook } from "../use-words";

const wordsOf = (i18n: I18n) => ({
  cancel: t(i18n)`Cancel`,
  close: t(i18n)`Close`,
  typeToConfirm: (name: string) => t(i18n)`Type ${name} to go on`,
  typedDiffers: (name: string) => t(i18n)`This is not ${name}.`,
  reason: t(i18n)`Reason`,
  reasonHint: t(i18n)`It stands in the audit log.`,
  reasonMissing: (least: number) =>
    t(i18n)`${plural(least, { one: "Say why, in # character or more.", other: "Say why, in # characters or more." })}`,
  andMore: (count: number) => t(i18n)`${plural(count, { one: "and # more", other: "and # more" })}`,
  noAnswer: t(i18n)`There is no answer yet. When you close this, it may be done all the same.`,
});

export const useWords = wordsHook(wordsOf);
