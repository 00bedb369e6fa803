import { describe, expect, it } from "vitest";
import { SECTIONS } from "@/routes/sections";
import { allowed } from "./permissions";

const paths = (held: string[]) => allowed(SECTIONS, held).map(({ path }) => path);

describe("allowed", () => {
  it("offers only sections whose permission is held", () => {
    expect(paths(["console.use", "users.read"])).toEqual(["/users"]);
  });

  it("offers everything to somebody who holds everything, in the list's order", () => {
    expect(paths(["events.read", "users.read", "captured-mail.read", "health.read"])).toEqual(
      SECTIONS.map(({ path }) => path),
    );
  });

  it("does not take a longer or shorter name for the permission", () => {
    expect(paths(["users", "users.read.all", "users.write"])).toEqual([]);
  });

  it("offers entries without a permission to everybody", () => {
    expect(allowed<{ label: string; permission?: "users.read" }>([{ label: "Help" }], [])).toHaveLength(1);
  });
});

describe("SECTIONS", () => {
  it("gives every section a key of its own", () => {
    const keys = SECTIONS.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
