import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { reasonWords } from "./method-words";

/** Why a sign-in fails, as auth records it, from its code. */
function serverReasons(): string[] {
  const domain = "../crates/auth/src/domain";
  const files = readdirSync(domain, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".rs"));
  const said = files.flatMap((name) => [
    ...readFileSync(`${domain}/${name}`, "utf8").matchAll(/\breason(?:: | = )Some\("([^"]+)"\)/g),
  ]);
  return [...new Set(said.map(([, reason]) => reason ?? ""))];
}

const translated = () => "translated";

it("are there for every reason that is recorded of a sign-in", () => {
  expect(serverReasons().length).toBeGreaterThan(3);
  expect(serverReasons().filter((reason) => reasonWords(reason, translated) !== "translated")).toEqual([]);
});

it("are the server's own for a reason that nobody here has heard of", () => {
  expect(reasonWords("of a later version", translated)).toBe("of a later version");
});
