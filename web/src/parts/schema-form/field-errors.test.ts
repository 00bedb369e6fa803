import { i18n } from "@lingui/core";
import { expect, it, describe as suite } from "vitest";
import { toDraft } from "./draft";
import { fieldErrors, nameOfField, validatorOf } from "./field-errors";
import { describe } from "./nodes";
import { EXAMPLE, EXAMPLE_SECRETS, EXAMPLE_VALUE } from "./schema.example";
import { wordsOf } from "./words";

const words = wordsOf(i18n);
const node = describe(EXAMPLE);
const validator = validatorOf(EXAMPLE);
const begin = () => toDraft(node, EXAMPLE_VALUE, new Set(EXAMPLE_SECRETS), words.numbers) as Record<string, never>;
const errors = (changed: Record<string, unknown>) =>
  fieldErrors(validator, node, { ...begin(), ...changed }, EXAMPLE_VALUE, words);
const entry = (name: string, client_id = "x", secret = "s") => ({
  name,
  isNew: true,
  value: { client_id, secret: { kept: false, text: secret } },
});

suite("fieldErrors", () => {
  it("finds nothing wrong with what is in force, also where secrets are kept", () => {
    expect(errors({})).toEqual({});
  });

  it("says at the field what is wrong", () => {
    expect(errors({ from: "", public_url: "orion", timeout_ms: "0" })).toEqual({
      from: "Fill this in.",
      public_url: "Enter a whole address, such as https://example.com/.",
      timeout_ms: "At least 1.",
    });
    expect(errors({ timeout_ms: "60001" })).toEqual({ timeout_ms: "At most 60,000." });
    expect(errors({ timeout_ms: "1.5" })).toEqual({ timeout_ms: "Enter a whole number, such as 12,345." });
    expect(errors({ timeout_ms: "soon" })).toEqual({ timeout_ms: "Enter a whole number, such as 12,345." });
    expect(errors({ from: "x".repeat(81) })).toEqual({ from: "It may have 80 characters at most." });
    expect(errors({ log: "xml" })).toEqual({ log: "Choose one of these." });
  });

  it("takes an empty number for one that is not set", () => {
    expect(errors({ timeout_ms: "", mails_at_once: "" })).toEqual({});
  });

  it("names the line of a list", () => {
    expect(errors({ hosts: "aa\nb\ncc" })).toEqual({ hosts: "Line 2: It needs 2 characters or more." });
    expect(errors({ hosts: "aa\nbb\ncc\ndd\nee" })).toEqual({ hosts: "There may be 4 at most." });
  });

  it("looks into a section only when it is used", () => {
    expect(errors({ limit: { isSet: true, value: { requests: "" } } })).toEqual({
      "limit.value.requests": "Fill this in.",
    });
    expect(errors({ limit: { isSet: false, value: { requests: "" } } })).toEqual({});
  });

  it("finds names that are missing, taken or of a wrong form, and what is missing in a new entry", () => {
    expect(errors({ providers: [entry(""), entry("a"), entry("a "), entry("B!")] })).toEqual({
      "providers.0.name": "Give it a name.",
      "providers.2.name": "Another one has this name.",
      "providers.3.name": "This name cannot be used.",
    });
    expect(errors({ providers: [entry("a", "", "")] })).toEqual({
      "providers.0.value.client_id": "Fill this in.",
      "providers.0.value.secret": "Fill this in.",
    });
  });
});

suite("nameOfField", () => {
  it("finds the field that a server means, in either way of writing", () => {
    const name = (field: string) => nameOfField(node, begin(), field, "mail");
    expect(name("mail.timeout_ms")).toBe("timeout_ms");
    expect(name("timeout_ms")).toBe("timeout_ms");
    expect(name("/mail/providers/google/client_id")).toBe("providers.0.value.client_id");
    expect(name("mail.hosts[1]")).toBe("hosts");
    expect(name("auth.something")).toBeUndefined();
  });
});
