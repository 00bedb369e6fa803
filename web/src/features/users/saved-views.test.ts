import { expect, it } from "vitest";
import type { UserPreferences } from "@/api/schema";
import { faultOf, MOST_VIEWS, queryOf, type SavedView, savingOf, viewOf, viewsOf } from "./saved-views";

const preferences = (user_views: unknown) => ({ custom: { console: { user_views } } }) as unknown as UserPreferences;
const view = (id: string, name: string, filter = {}, isDefault = false): SavedView => ({ id, name, filter, isDefault });

it("are read by name, as far as they are ones", () => {
  const stored = {
    b: { name: "Staff", query: "role=admin&sort=-name&status=nonsense&hack=1" },
    a: { name: "Away", query: "search=123&is_verified=false", is_default: true },
    c: { name: 7, query: "role=admin" },
    d: null,
    e: "text",
  };
  const views = viewsOf(preferences(stored));
  expect(views.map(({ id, isDefault }) => [id, isDefault])).toEqual([
    ["a", true],
    ["b", false],
  ]);
  expect(queryOf(views[0]?.filter ?? {})).toBe("is_verified=false&search=123");
  expect(queryOf(views[1]?.filter ?? {})).toBe("role=admin&sort=-name");
  for (const odd of [undefined, null, 7, "x", []]) expect(viewsOf(preferences(odd))).toEqual([]);
  expect(viewsOf({ custom: { console: null } })).toEqual([]);
  expect(viewsOf(undefined)).toEqual([]);
});

it("are told by what they show, in whatever order", () => {
  const views = [view("a", "A", { role: "admin", status: "active" })];
  expect(viewOf(views, { status: "active", search: undefined, role: "admin" })?.id).toBe("a");
  expect(viewOf(views, { role: "admin" })).toBeUndefined();
});

it("take the place of one of their name, and the default from another", () => {
  const stored = { a: { name: "Staff", query: "role=admin" }, b: { name: "Away", query: "", is_default: true } };
  const change = savingOf(preferences(stored), view("c", " staff ", { role: "moderator" }, true));
  expect(change).toEqual({
    custom: {
      console: {
        user_views: {
          a: null,
          b: { is_default: null },
          c: { name: "staff", query: "role=moderator", is_default: true },
        },
      },
    },
  });
});

it("are bounded in name, number and size", () => {
  const many = Array.from({ length: MOST_VIEWS }, (_, index) => view(String(index), `View ${index}`));
  expect(faultOf([], view("x", " "))).toBe("name");
  expect(faultOf([], view("x", "x".repeat(61)))).toBe("name");
  expect(faultOf(many, view("x", "Another"))).toBe("too-many");
  expect(faultOf(many, view("x", "VIEW 3"))).toBeUndefined();
  expect(faultOf(many, view("3", "Another"))).toBeUndefined();
  expect(faultOf([], view("x", "X", { search: "ж".repeat(200) }))).toBe("too-long");
  const long = Array.from({ length: 8 }, (_, index) => view(String(index), `${index}`, { tags: "t".repeat(900) }));
  expect(faultOf(long, view("x", "X"))).toBe("too-long");
});
