import type { I18n } from "@lingui/core";
import { plural, t } from "@lingui/core/macro";
import { wordsHook } from "../use-words";

const wordsOf = (i18n: I18n) => ({
  same: t(i18n)`There is no difference.`,
  before: t(i18n)`Before`,
  after: t(i18n)`After`,
  lineOf: (side: string) => t(i18n)`Line, ${side}`,
  added: t(i18n)`Added:`,
  removed: t(i18n)`Removed:`,
  unified: t(i18n)`One below the other`,
  split: t(i18n)`Side by side`,
  layout: t(i18n)`How to show it`,
  fold: (count: number) =>
    t(i18n)`${plural(count, { one: "Show # line that is the same", other: "Show # lines that are the same" })}`,
  more: t(i18n)`Show more lines`,
  copy: t(i18n)`Copy as a patch`,
  copied: t(i18n)`The patch is in the clipboard`,
  notCopied: t(i18n)`The browser does not let this page use the clipboard`,
  counts: (added: number, removed: number) => t(i18n)`${added} added, ${removed} removed`,
  anotherSecret: t(i18n)`another one`,
});

export const useWords = wordsHook(wordsOf);
