import type { I18n } from "@lingui/core";
import { plural, t } from "@lingui/core/macro";
import { formatFor } from "@/lib/format";
import { numberTextFor } from "@/lib/number-text";
import { wordsHook } from "../use-words";

export const wordsOf = (i18n: I18n) => ({
  number: (value: number) => formatFor(i18n.locale).formatCount(value),
  numbers: numberTextFor(i18n.locale),
  save: t(i18n)`Save`,
  discard: t(i18n)`Discard`,
  unchanged: t(i18n)`Nothing is changed.`,
  changes: (count: number) => t(i18n)`${plural(count, { one: "# change", other: "# changes" })}`,
  range: (least: string, most: string) => t(i18n)`${least} to ${most}`,
  atLeast: (least: string) => t(i18n)`At least ${least}`,
  atMost: (most: string) => t(i18n)`At most ${most}`,
  usually: (value: string) => t(i18n)`Default: ${value}`,
  notSet: t(i18n)`not set`,
  linePerItem: t(i18n)`One on each line.`,
  unit: (unit: string) => (unit === "days" ? t(i18n)`days` : unit === "bytes" ? t(i18n)`bytes` : unit),
  elsewhere: t(i18n)`This can be changed in the configuration file only.`,
  secretSet: t(i18n)`Set, and never shown`,
  secretReplace: t(i18n)`Replace`,
  secretKeep: t(i18n)`Keep the one that is set`,
  secretWillGo: t(i18n)`Left empty, it is removed.`,
  secretNew: t(i18n)`Enter the new one`,
  add: (label: string) => t(i18n)`Add to ${label}`,
  remove: (name: string) => t(i18n)`Remove ${name}`,
  name: t(i18n)`Name`,
  nameHint: t(i18n)`It stands for good.`,
  entry: (index: number) => t(i18n)`Entry ${index}`,
  newEntry: t(i18n)`New entry`,
  none: t(i18n)`There is none.`,
  isSet: t(i18n)`Use this`,
  yes: t(i18n)`on`,
  no: t(i18n)`off`,
  missing: t(i18n)`Fill this in.`,
  wholeNumber: (example: string) => t(i18n)`Enter a whole number, such as ${example}.`,
  anyNumber: (example: string) => t(i18n)`Enter a number, such as ${example}.`,
  shortText: (least: number) =>
    t(i18n)`${plural(least, { one: "It needs # character or more.", other: "It needs # characters or more." })}`,
  longText: (most: number) =>
    t(i18n)`${plural(most, { one: "It may have # character at most.", other: "It may have # characters at most." })}`,
  address: t(i18n)`Enter a whole address, such as https://example.com/.`,
  format: (format: string) => t(i18n)`It does not have the form of: ${format}.`,
  pattern: t(i18n)`It does not have the form that is wanted here.`,
  choice: t(i18n)`Choose one of these.`,
  fewItems: (least: number) =>
    t(i18n)`${plural(least, { one: "At least # is needed.", other: "At least # are needed." })}`,
  manyItems: (most: number) =>
    t(i18n)`${plural(most, { one: "There may be # at most.", other: "There may be # at most." })}`,
  twice: t(i18n)`Each may be there once.`,
  line: (line: number, text: string) => t(i18n)`Line ${line}: ${text}`,
  nameMissing: t(i18n)`Give it a name.`,
  nameTaken: t(i18n)`Another one has this name.`,
  nameForm: t(i18n)`This name cannot be used.`,
});

export type Words = ReturnType<typeof wordsOf>;
export const useWords = wordsHook(wordsOf);
