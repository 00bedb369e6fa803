import { expect, it } from "vitest";
import { methodWords, reasonWords, WHOLE_METHODS } from "./method-words";

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
