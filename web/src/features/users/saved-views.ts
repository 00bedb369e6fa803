import { given } from "@/api/client";
import type { UpdatePreferences, UserPreferences } from "@/api/schema";
import { readUserFilter, type UserFilter } from "./user-filter";

/** What the list was narrowed by and how it was sorted, under a name. */
export interface SavedView {
  id: string;
  name: string;
  filter: UserFilter;
  /** Whether the list begins with it. */
  isDefault: boolean;
}

/** The section of all that is preferred has 8 KiB, and others write there, too. */
export const MOST_VIEWS = 20;
export const LONGEST_NAME = 60;
const LONGEST_QUERY = 1_000;
const MOST_BYTES = 6 * 1024;

/** Where they stand in what somebody prefers: `custom.console.user_views`, each under its id, so that two tabs that save one each lose none. */
interface Stored {
  user_views?: Record<string, { name?: unknown; query?: unknown; is_default?: unknown } | null>;
}

const storedOf = (preferences: Pick<UserPreferences, "custom">): Stored => {
  const stored = preferences.custom?.console;
  return typeof stored === "object" && stored !== null ? (stored as Stored) : {};
};

/** A filter as a view keeps it: as the address has it, in an order of its own, so that equal ones are equal. */
export const queryOf = (filter: UserFilter): string => {
  const entries = Object.entries(given({ ...filter })).map(([name, value]): [string, string] => [name, String(value)]);
  return new URLSearchParams(entries.sort(([left], [right]) => (left < right ? -1 : 1))).toString();
};

const filterOf = (query: string): UserFilter => readUserFilter(Object.fromEntries(new URLSearchParams(query)));

/** The views that somebody has saved, by name; what no view can be is passed over. */
export function viewsOf(preferences: Pick<UserPreferences, "custom"> | undefined): SavedView[] {
  const stored = preferences && storedOf(preferences).user_views;
  if (typeof stored !== "object" || stored === null) return [];
  return Object.entries(stored)
    .flatMap(([id, view]): SavedView[] =>
      typeof view?.name === "string" && typeof view.query === "string"
        ? [{ id, name: view.name, filter: filterOf(view.query), isDefault: view.is_default === true }]
        : [],
    )
    .slice(0, MOST_VIEWS)
    .sort((left, right) => left.name.localeCompare(right.name));
}

/** The view that shows just this. */
export const viewOf = (views: readonly SavedView[], filter: UserFilter): SavedView | undefined =>
  views.find((view) => queryOf(view.filter) === queryOf(filter));

/** Why a view cannot be saved. */
export type ViewFault = "name" | "too-many" | "too-long";

/** That of the same name, whatever its capitals. */
export const namesake = (views: readonly SavedView[], name: string): SavedView | undefined =>
  views.find((view) => view.name.toLocaleLowerCase() === name.trim().toLocaleLowerCase());

/** What stands in the way of saving a view beside those that there are; one of the same name, or of this id, gives way. */
export function faultOf(
  views: readonly SavedView[],
  view: Omit<SavedView, "id"> & { id?: string },
): ViewFault | undefined {
  const name = view.name.trim();
  if (name === "" || name.length > LONGEST_NAME) return "name";
  if (queryOf(view.filter).length > LONGEST_QUERY) return "too-long";
  const others = views.filter(({ id }) => id !== view.id && id !== namesake(views, name)?.id);
  if (others.length >= MOST_VIEWS) return "too-many";
  const bytes = new TextEncoder().encode(
    JSON.stringify([...others, view].map((one) => [one.name, queryOf(one.filter)])),
  );
  return bytes.length + 60 * others.length > MOST_BYTES ? "too-long" : undefined;
}

const patch = (views: Record<string, object | null>): UpdatePreferences => ({
  custom: { console: { user_views: views } },
});

/** The change that takes the default from all views but one. */
const undefault = (views: readonly SavedView[], but: string) =>
  Object.fromEntries(
    views.filter(({ id, isDefault }) => isDefault && id !== but).map(({ id }) => [id, { is_default: null }]),
  );

/** The change that saves a view in the place of one of its name. */
export function savingOf(preferences: UserPreferences, view: SavedView): UpdatePreferences {
  const views = viewsOf(preferences);
  const other = namesake(views, view.name);
  const stored = { name: view.name.trim(), query: queryOf(view.filter), is_default: view.isDefault || null };
  return patch({
    ...(view.isDefault && undefault(views, view.id)),
    ...(other && other.id !== view.id && { [other.id]: null }),
    [view.id]: stored,
  });
}

/** The change that deletes a view. */
export const deletingOf = (id: string): UpdatePreferences => patch({ [id]: null });
