import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import * as codes from "./close-codes";

it("the codes by which the connection is closed are those of the server", () => {
  const declared = readFileSync("../crates/contracts/src/live.rs", "utf8").matchAll(
    /pub const (CLOSE_\w+): u16 = (\d+);/g,
  );
  const server = Object.fromEntries([...declared].map(([, name, code]) => [name, Number(code)]));
  expect({ ...codes }).toEqual(server);
  expect(Object.keys(server).length).toBeGreaterThan(0);
});
