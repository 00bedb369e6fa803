import { expect, it } from "vitest";
import { holds } from "./permissions";

it("takes no longer or shorter name for the permission", () => {
  expect(holds(["console.use", "users.read"], "users.read")).toBe(true);
  expect(holds(["users", "users.read.all", "users.write"], "users.read")).toBe(false);
});

it("asks for nothing where nothing is needed", () => {
  expect(holds([], undefined)).toBe(true);
});
