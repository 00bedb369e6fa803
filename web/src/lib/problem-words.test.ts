import { readdirSync, readFileSync } from "node:fs";
import { i18n } from "@lingui/core";
import { expect, it } from "vitest";
import { ApiError } from "@/api/problem";
import { PROBLEM_WORDS, tellProblem } from "./problem-words";

const problem = (kind: string, detail?: string) =>
  new ApiError({
    type: `urn:orion:problem:${kind}`,
    title: "As the server says",
    status: 409,
    ...(detail && { detail }),
  });

/** The types of problems that the services can answer with, from their code. */
function serverTypes(): string[] {
  const crates = "../crates";
  const files = readdirSync(crates, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\/src\/.*\.rs$/.test(name),
  );
  const named = files.flatMap((name) => {
    const code = readFileSync(`${crates}/${name}`, "utf8").replace(/#\[cfg\(test\)\][\s\S]*/, "");
    return [...code.matchAll(/Problem::new\(\d{3}, "urn:orion:problem:([a-z-]+)"|^ {4}\w+, \d{3}, "([a-z-]+)", "/gm)];
  });
  return named.map(([, inFull, inMacro]) => inFull ?? inMacro ?? "");
}

it("are there for every type of problem that a service can answer with", () => {
  const types = serverTypes();
  expect(types.length).toBeGreaterThan(30);
  expect(types.filter((name) => !Object.hasOwn(PROBLEM_WORDS, name))).toEqual([]);
});

it("are the server's own where it tells what was wrong this time, or what nobody here has heard of", () => {
  expect(tellProblem(i18n, problem("conflict", "This address has an account already."))).toEqual({
    title: "The current state does not allow this",
    detail: "This address has an account already.",
  });
  expect(tellProblem(i18n, problem("of-a-later-version")).title).toBe("As the server says");
});
