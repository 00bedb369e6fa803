import { expect, it, describe as suite } from "vitest";
import { numberTextFor } from "@/lib/number-text";
import { countChanges, fromDraft, mergePatch, toDraft } from "./draft";
import { describe } from "./nodes";
import { EXAMPLE, EXAMPLE_SECRETS, EXAMPLE_VALUE } from "./schema.example";

const node = describe(EXAMPLE);
const numbers = numberTextFor("en");
const begin = () => toDraft(node, EXAMPLE_VALUE, new Set(EXAMPLE_SECRETS), numbers) as Record<string, never>;
const change = (changed: Record<string, unknown>) => {
  const before = fromDraft(node, begin(), EXAMPLE_VALUE, numbers);
  return mergePatch(before, fromDraft(node, { ...begin(), ...changed }, EXAMPLE_VALUE, numbers));
};

suite("a form that nobody has touched", () => {
  it("changes nothing, whatever is set, null or missing", () => {
    expect(change({})).toBeUndefined();
    const empty = toDraft(node, {}, new Set(), numbers);
    expect(mergePatch(fromDraft(node, empty, {}, numbers), fromDraft(node, empty, {}, numbers))).toBeUndefined();
  });

  it("gives the values in force, without secrets", () => {
    const { smtp_url: _, ...rest } = EXAMPLE_VALUE;
    expect(fromDraft(node, begin(), EXAMPLE_VALUE, numbers)).toEqual({
      ...rest,
      providers: { google: { client_id: "abc" } },
    });
  });
});

suite("changes", () => {
  it("hold what was changed only", () => {
    expect(change({ timeout_ms: "250", log: "json" })).toEqual({ timeout_ms: 250, log: "json" });
  });

  it("take a value away where a number is emptied, and never say NaN", () => {
    expect(change({ timeout_ms: " " })).toEqual({ timeout_ms: null });
    expect(fromDraft(node, { ...begin(), mails_at_once: "" }, EXAMPLE_VALUE, numbers)).toMatchObject({
      mails_at_once: null,
    });
    expect(JSON.stringify(change({ timeout_ms: "ten" }))).toBe('{"timeout_ms":"ten"}');
    // As a number it would be infinite, which JSON writes as null.
    const endless = "9".repeat(400);
    expect(change({ timeout_ms: endless })).toEqual({ timeout_ms: endless });
  });

  it("hold a secret only when it is replaced or removed", () => {
    expect(change({ smtp_url: { kept: true, text: "ignored" } })).toBeUndefined();
    expect(change({ smtp_url: { kept: false, text: "new" } })).toEqual({ smtp_url: "new" });
    expect(change({ smtp_url: { kept: false, text: "" } })).toEqual({ smtp_url: "" });
  });

  it("add and remove named sections, and leave the others alone", () => {
    const google = { name: "google", isNew: false, value: { client_id: "abc", secret: { kept: true, text: "" } } };
    const git = { name: " git ", isNew: true, value: { client_id: "x", secret: { kept: false, text: "s" } } };
    expect(change({ providers: [google, git] })).toEqual({ providers: { git: { client_id: "x", secret: "s" } } });
    expect(change({ providers: [] })).toEqual({ providers: { google: null } });
  });

  it("send a list as a whole, without empty lines", () => {
    expect(change({ hosts: "a\n\n  c \n" })).toEqual({ hosts: ["a", "c"] });
  });

  it("switch an optional section on and off", () => {
    expect(change({ limit: { isSet: true, value: { requests: "5" } } })).toEqual({ limit: { requests: 5 } });
    const on = { ...EXAMPLE_VALUE, limit: { requests: 5 } };
    const draft = toDraft(node, on, new Set(), numbers) as Record<string, object>;
    const off = { ...draft, limit: { ...draft.limit, isSet: false } };
    expect(mergePatch(fromDraft(node, draft, on, numbers), fromDraft(node, off, on, numbers))).toEqual({ limit: null });
  });

  it("are counted by the value", () => {
    expect(countChanges(undefined)).toBe(0);
    expect(countChanges({ a: 1, b: { c: null, d: [1, 2] } })).toBe(3);
  });
});
