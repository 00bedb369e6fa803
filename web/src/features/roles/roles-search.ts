import { given } from "@/api/client";
import { isId } from "@/lib/id";
import { searchText } from "@/lib/search-text";
import { type Attributes, readAttributes } from "./attributes";

/** What of the roles is looked at, beside their list. */
export const ROLE_VIEWS = ["matrix", "who", "check"] as const;

/** What the page of the roles shows, as its address says it. */
export interface RolesSearch {
  view?: (typeof ROLE_VIEWS)[number];
  /** What is asked about: who may, or whether somebody may. */
  permission?: string;
  /** The id of who may or may not. */
  user?: string;
  /** The id of the organisation on something of which; the platform as a whole without. */
  organisation?: string;
  /** The id of the team of it on something of which; all of it without. */
  team?: string;
  /** The id of the user whose it is. */
  owner?: string;
  /** What the object is besides. */
  attributes?: Attributes;
}

const id = (value: unknown) => {
  const text = searchText(value);
  return text !== undefined && isId(text) ? text : undefined;
};

/** Reads the page's address; what it says wrongly is left out. */
export function readRolesSearch(search: Record<string, unknown>): RolesSearch {
  const view = ROLE_VIEWS.find((known) => known === search.view);
  if (view === undefined || view === "matrix") return given({ view });
  const permission = typeof search.permission === "string" ? search.permission : undefined;
  if (view === "who") return given({ view, permission });
  const { user, owner } = search;
  const organisation = id(search.organisation);
  // A team is one of an organisation.
  const team = organisation === undefined ? undefined : id(search.team);
  const attributes = readAttributes(search.attributes);
  return given({ view, permission, user: id(user), organisation, team, owner: id(owner), attributes });
}
