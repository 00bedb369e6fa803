import type { UpdateProfile, User } from "@/api/schema";

const CLEARABLE = [
  "username",
  "display_name",
  "first_name",
  "last_name",
  "phone",
  "location",
  "website",
  "bio",
] as const;
const NEEDED = ["locale", "timezone"] as const;

/** The fields of the form, in their order. */
export const FIELDS = [...CLEARABLE, ...NEEDED, "tags", "social_links", "metadata"] as const;
export type FieldName = (typeof FIELDS)[number];

/** How many letters the server takes; of those that are made of several values, how many are typed. */
export const LONGEST: Record<FieldName, number> = {
  username: 32,
  display_name: 200,
  first_name: 100,
  last_name: 100,
  phone: 40,
  location: 100,
  website: 500,
  bio: 2000,
  locale: 10,
  timezone: 50,
  tags: 1100,
  social_links: 12_000,
  metadata: 9000,
};

/** A field as it is typed. */
export function textOf(user: User, name: FieldName): string {
  if (name === "tags") return (user.tags ?? []).join(", ");
  if (name === "social_links") {
    const links = Object.entries(user.social_links ?? {});
    return links.map(([place, address]) => `${place} ${address}`).join("\n");
  }
  if (name === "metadata") {
    const metadata = user.metadata ?? {};
    return Object.keys(metadata).length === 0 ? "" : JSON.stringify(metadata, null, 2);
  }
  return user[name] ?? "";
}

/** The fields as they are typed. */
export type TypedProfile = Record<FieldName, string>;

export const textsOf = (user: User): TypedProfile =>
  Object.fromEntries(FIELDS.map((name) => [name, textOf(user, name)])) as TypedProfile;

/** What was changed of a profile; a text that was emptied is cleared. Undefined where the metadata is no JSON object. */
export function changeOf(user: User, typed: Readonly<TypedProfile>): UpdateProfile | undefined {
  const change: UpdateProfile = {};
  for (const name of CLEARABLE) {
    if (typed[name].trim() !== (user[name] ?? "")) change[name] = typed[name].trim() || null;
  }
  for (const name of NEEDED) {
    if (typed[name].trim() !== user[name]) change[name] = typed[name].trim();
  }
  if (typed.tags.trim() !== textOf(user, "tags")) {
    change.tags = typed.tags
      .split(",")
      .map((tag) => tag.trim())
      .filter(Boolean);
  }
  if (typed.social_links.trim() !== textOf(user, "social_links")) {
    change.social_links = changed(user.social_links ?? {}, linksOf(typed.social_links));
  }
  if (typed.metadata.trim() !== textOf(user, "metadata")) {
    const metadata = objectOf(typed.metadata);
    if (!metadata) return undefined;
    change.metadata = changed(user.metadata ?? {}, metadata);
  }
  return change;
}

/** Place and address of each line; a line without an address has none, which the server refuses by name. */
const linksOf = (text: string) =>
  Object.fromEntries(
    text
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean)
      .map((line): [string, string] => {
        const [place = "", ...address] = line.split(/\s+/);
        return [place.toLowerCase(), address.join(" ")];
      }),
  );

function objectOf(text: string): Record<string, unknown> | undefined {
  if (!text.trim()) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** What makes one of the other: what is new or another, and null for what is gone. */
function changed<Value>(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, Value>>) {
  const gone = Object.keys(before).filter((key) => !(key in after));
  const set = Object.entries(after).filter(([key, value]) => JSON.stringify(before[key]) !== JSON.stringify(value));
  return Object.fromEntries<Value | null>([...set, ...gone.map((key): [string, null] => [key, null])]);
}
