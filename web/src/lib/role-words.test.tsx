import { readFileSync } from "node:fs";
import { i18n } from "@lingui/core";
import { cleanup, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { speak } from "./language";
import { SYSTEM_ROLES, useRoleWords } from "./role-words";
import { render } from "./show-page";

afterEach(async () => {
  cleanup();
  await speak("en");
});

/** The roles that a platform is given, from the code that gives them: name, name to show, and what it is for. */
function seededRoles(): string[][] {
  const names = Object.fromEntries(
    [...readFileSync("../crates/contracts/src/roles.rs", "utf8").matchAll(/pub const (\w+): &str = "(\w+)";/g)].map(
      ([, constant = "", name = ""]) => [constant, name],
    ),
  );
  const code = readFileSync("../crates/users/src/domain/seed.rs", "utf8");
  const roles = code.matchAll(/name: (\w+),\s+display_name: "([^"]+)",\s+description: "([^"]+)",/g);
  return [...roles].map(([, constant = "", name = "", about = ""]) => [names[constant] ?? constant, name, about]);
}

it("are there for every role of every platform, and are in English what the platform says", () => {
  const seeded = seededRoles();
  expect(seeded.length).toBeGreaterThan(8);
  const known = Object.entries(SYSTEM_ROLES).map(([role, { name, about }]) => {
    expect([name, about].map(({ words }) => i18n._(words))).toEqual([name.seeded, about.seeded]);
    return [role, name.seeded, about.seeded];
  });
  expect(known.sort()).toEqual(seeded.sort());
});

it("are the reader's for a role of every platform, and as typed for what somebody has typed", async () => {
  await speak("de");
  function Texts() {
    const { nameOf, aboutOf } = useRoleWords();
    const shown = [
      nameOf({ name: "user", display_name: "User" }),
      nameOf({ name: "user" }),
      nameOf({ name: "user", display_name: "Customer" }),
      nameOf({ name: "desk", display_name: "User" }),
      nameOf({ name: "constructor" }),
      aboutOf({ name: "user", description: "Somebody with a verified e-mail address." }),
      aboutOf({ name: "user", description: "Who buys." }),
      aboutOf({ name: "user", description: null }),
      aboutOf({ name: "desk" }),
    ];
    return <p>{JSON.stringify(shown)}</p>;
  }
  render(<Texts />);
  expect(JSON.parse(screen.getByText(/Customer/).textContent ?? "")).toEqual([
    "Benutzer",
    "Benutzer",
    "Customer",
    "User",
    "constructor",
    "Jemand mit bestätigter E-Mail-Adresse.",
    "Who buys.",
    null,
    null,
  ]);
});
