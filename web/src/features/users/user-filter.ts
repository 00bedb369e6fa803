import type { paths, UserStatus } from "@/api/schema";
import { isId } from "@/lib/id";
import { LONGEST_SEARCH, searchText } from "@/lib/search-text";

/** The statuses to filter by. */
export const USER_STATUSES: readonly UserStatus[] = [
  "active",
  "pending_verification",
  "inactive",
  "suspended",
  "deleted",
];

export type UserSort = NonNullable<NonNullable<paths["/api/v1/users"]["get"]["parameters"]["query"]>["sort"]>;

/** What the list can be sorted by; the first is how it is sorted unasked. */
export const USER_SORTS: readonly UserSort[] = [
  "-created_at",
  "created_at",
  "name",
  "-name",
  "email",
  "-email",
  "-last_login_at",
  "last_login_at",
];

const LONGEST_WORD = 100;
const LONGEST_TAGS = 400;

/** What the list is narrowed by and how it is sorted, as the page's address says it and the server is asked. */
export interface UserFilter {
  search?: string | undefined;
  status?: UserStatus | undefined;
  role?: string | undefined;
  /** The id of an organisation that they belong to. */
  organisation?: string | undefined;
  is_verified?: boolean | undefined;
  has_second_factor?: boolean | undefined;
  created_since?: string | undefined;
  created_until?: string | undefined;
  last_login_since?: string | undefined;
  last_login_until?: string | undefined;
  /** Parted by commas. */
  tags?: string | undefined;
  sort?: UserSort | undefined;
}

/** Nothing but the sort. */
export const NO_FILTER: Omit<Record<keyof UserFilter, undefined>, "sort"> = {
  search: undefined,
  status: undefined,
  role: undefined,
  organisation: undefined,
  is_verified: undefined,
  has_second_factor: undefined,
  created_since: undefined,
  created_until: undefined,
  last_login_since: undefined,
  last_login_until: undefined,
  tags: undefined,
};

const text = (value: unknown, longest: number) => searchText(value)?.trim().slice(0, longest) || undefined;

const id = (value: unknown) => (typeof value === "string" && isId(value) ? value : undefined);

const yesOrNo = (value: unknown) =>
  value === true || value === "true" ? true : value === false || value === "false" ? false : undefined;

const moment = (value: unknown) => {
  const at = new Date(String(value));
  const isMoment = typeof value === "string" && !Number.isNaN(at.getTime()) && /^\d{4}-/.test(value);
  return isMoment ? at.toISOString() : undefined;
};

/** Reads the page's address; what it says wrongly is left out. */
export const readUserFilter = (search: Record<string, unknown>): UserFilter => ({
  search: searchText(search.search)?.slice(0, LONGEST_SEARCH),
  status: USER_STATUSES.find((known) => known === search.status),
  role: text(search.role, LONGEST_WORD),
  organisation: id(search.organisation),
  is_verified: yesOrNo(search.is_verified),
  has_second_factor: yesOrNo(search.has_second_factor),
  created_since: moment(search.created_since),
  created_until: moment(search.created_until),
  last_login_since: moment(search.last_login_since),
  last_login_until: moment(search.last_login_until),
  tags: text(search.tags, LONGEST_TAGS),
  sort: USER_SORTS.slice(1).find((known) => known === search.sort),
});
