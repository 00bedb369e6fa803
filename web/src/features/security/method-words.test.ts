import { expect, it } from "vitest";
import { methodWords, reasonWords, usedLast, WHOLE_METHODS } from "./method-words";

const translated = () => "translated";

it("are there for every method that a list is narrowed by", () => {
  const parts = WHOLE_METHODS.flatMap((method) => methodWords(method, translated).split(" + "));
  expect(new Set(parts)).toEqual(new Set(["translated"]));
});

it("put methods together as the server does", () => {
  expect(WHOLE_METHODS).toEqual([
    "password",
    "password+totp",
    "password+passkey",
    "password+backup_code",
    "passkey",
    "provider",
    "provider+totp",
    "provider+passkey",
    "provider+backup_code",
    "totp",
    "backup_code",
    "code",
  ]);
});

it("are the server's own for a reason that nobody here has heard of", () => {
  expect(reasonWords({ failure: "wrong_step", reason: "of the server" }, translated)).toBe("translated");
  expect(reasonWords({ failure: null, reason: "of a later version" }, translated)).toBe("of a later version");
});

it("say which second factor was used last, for a backup code is no use of the app", () => {
  const said = (by: "backup_code" | null, at: string | null) =>
    usedLast({ last_used_at: at, last_used_by: by }, () => "then", translated);
  expect(said("backup_code", "2030-01-01T12:00:00Z")).toBe("then · translated");
  expect(said(null, "2030-01-01T12:00:00Z")).toBe("then");
  expect(said(null, null)).toBeUndefined();
});
