import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { holds, PERMISSIONS } from "./permissions";

it("takes no longer or shorter name for the permission", () => {
  expect(holds(["console.use", "users.read"], "users.read")).toBe(true);
  expect(holds(["users", "users.read.all", "users.write"], "users.read")).toBe(false);
});

it("asks for nothing where nothing is needed", () => {
  expect(holds([], undefined)).toBe(true);
});

it("knows no permission by a name that the server does not give", () => {
  const code = readFileSync("../crates/contracts/src/permissions.rs", "utf8");
  const named = [...code.matchAll(/^ {4}\w+: "([a-z-]+)" "([a-z-]+)" "/gm)];
  const given = named.map(([, resource, action]) => `${resource}.${action}`);
  expect(given.length).toBeGreaterThan(20);
  expect(PERMISSIONS.filter((name) => !given.includes(name))).toEqual([]);
});
