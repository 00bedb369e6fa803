import type { I18n } from "@lingui/core";
import type { Setting } from "@/api/schema";
import { nodeOf } from "./setting-node";

export interface SettingGroup {
  /** The word before the first dot, such as `auth`. */
  section: string;
  settings: Setting[];
}

/** Settings by their section, both in the order in which they come. */
export function groupSettings(settings: readonly Setting[]): SettingGroup[] {
  const groups = new Map<string, Setting[]>();
  for (const setting of settings) {
    const section = setting.key.split(".", 1)[0] ?? "";
    groups.set(section, [...(groups.get(section) ?? []), setting]);
  }
  return [...groups].map(([section, members]) => ({ section, settings: members }));
}

/** Whether every word of a search stands in a setting's key, name or description, in the page's language or as the server has it. */
export function isFound(i18n: I18n, setting: Setting, search: string): boolean {
  const { label, help } = nodeOf(i18n, setting);
  const text = `${setting.key} ${label} ${help} ${setting.description}`.toLowerCase();
  const words = search.toLowerCase().split(/\s+/);
  return words.every((word) => text.includes(word));
}
