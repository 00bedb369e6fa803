import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { heldOf, holds, maySee, PERMISSIONS } from "./permissions";

it("takes no longer or shorter name for the permission", () => {
  expect(holds(["console.use", "users.read"], "users.read")).toBe(true);
  expect(holds(["users", "users.read.all", "users.write"], "users.read")).toBe(false);
});

it("asks for nothing where nothing is needed", () => {
  expect(holds([], undefined)).toBe(true);
});

const INSIDE = {
  permissions: ["users.read"],
  organisation: { id: "o1", permissions: ["members.write", "users.read"] },
};

it("counts inside an organisation what is held there, and elsewhere what is held everywhere", () => {
  expect(heldOf(INSIDE, "o1")).toEqual(["members.write", "users.read"]);
  expect(heldOf(INSIDE, "o2")).toEqual(["users.read"]);
  expect(heldOf({ ...INSIDE, organisation: null }, "o1")).toEqual(["users.read"]);
  expect(heldOf(null, "o1")).toEqual([]);
});

it("shows pages that organisations have a part of to who holds it inside, and only those of that organisation", () => {
  expect(maySee(INSIDE, { permission: "members.write", inside: true })).toBe(true);
  expect(maySee(INSIDE, { permission: "members.write", inside: true }, "o1")).toBe(true);
  expect(maySee(INSIDE, { permission: "members.write", inside: true }, "o2")).toBe(false);
  expect(maySee(INSIDE, { permission: "members.write" })).toBe(false);
  expect(maySee({ ...INSIDE, organisation: null }, { permission: "members.write", inside: true })).toBe(false);
  expect(maySee(INSIDE, { permission: "users.read", inside: true }, "o2")).toBe(true);
  expect(maySee(null, {})).toBe(true);
});

it("knows no permission by a name that the server does not give", () => {
  const code = readFileSync("../crates/contracts/src/permissions.rs", "utf8");
  const named = [...code.matchAll(/^ {4}\w+: "([a-z-]+)" "([a-z-]+)" "/gm)];
  const given = named.map(([, resource, action]) => `${resource}.${action}`);
  expect(given.length).toBeGreaterThan(20);
  expect(PERMISSIONS.filter((name) => !given.includes(name))).toEqual([]);
});
