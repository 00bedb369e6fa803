import { expect, it } from "vitest";
import type { PermissionInfo, Role } from "@/api/schema";
import { ancestors, byResource, diffOf, holding, inheritedFrom } from "./inheritance";

const role = (name: string, parent: string | null, ...own: string[]) =>
  ({ id: name, name, parent, own_permissions: own, permissions: own }) as unknown as Role;
const guest = role("guest", null, "profile.read");
const user = role("user", "guest", "profile.write");
const desk = role("desk", "user", "profile.read", "users.read");
const roles = [desk, guest, user];

it("says whether a role has a permission by itself, from further up, or not", () => {
  expect(holding(desk, "users.read", roles)).toEqual({ by: "itself" });
  expect(holding(desk, "profile.write", roles)).toEqual({ by: "inheritance", from: "user" });
  expect(holding(desk, "profile.read", roles)).toEqual({ by: "itself" });
  expect(inheritedFrom(desk, "profile.read", roles)).toBe("guest");
  expect(holding(guest, "users.read", roles)).toEqual({ by: "nothing" });
});

it("ends where a circle closes", () => {
  const circle = [role("a", "b"), role("b", "a")];
  expect(ancestors(circle[0] as Role, circle).map(({ name }) => name)).toEqual(["b", "a"]);
});

it("groups permissions by what they are about", () => {
  const infos = ["users.write", "audit.read", "users.read"].map(
    (name) => ({ name, resource: name.split(".")[0] }) as unknown as PermissionInfo,
  );
  expect(byResource(infos).map(([resource, of]) => [resource, of.length])).toEqual([
    ["audit", 1],
    ["users", 2],
  ]);
});

it("tells what is given and what is taken", () => {
  expect(diffOf(["a", "b"], ["c", "b"])).toEqual({ given: ["c"], taken: ["a"] });
});
