import { msg } from "@lingui/core/macro";
import { createFileRoute } from "@tanstack/react-router";
import { Settings2 } from "lucide-react";
import { speakOf } from "@/lib/language";
import { lazyPart } from "@/lib/lazy-part";
import { searchText } from "@/lib/search-text";

export interface SettingsSearch {
  /** Words among the settings. */
  search?: string | undefined;
  /** The key of the setting that is opened. */
  setting?: string | undefined;
  view?: "history" | undefined;
  /** The key that the history is about; all of them without one. */
  key?: string | undefined;
}

export const Route = createFileRoute("/_console/settings")({
  staticData: {
    permission: "settings.read",
    section: {
      title: msg`Settings`,
      icon: Settings2,
      group: "platform",
      order: 5,
      key: "s",
      keywords: msg`configuration keys values limits`,
    },
  },
  validateSearch: ({ search, setting, view, key }: Record<string, unknown>): SettingsSearch => ({
    search: searchText(search),
    setting: searchText(setting),
    // A key alone is a link to its history.
    view: view === "history" || searchText(key) ? "history" : undefined,
    key: searchText(key),
  }),
  component: lazyPart(async () => {
    const [{ SettingsPage }] = await Promise.all([import("@/features/settings/settings-page"), speakOf("settings")]);
    return SettingsPage;
  }),
});
