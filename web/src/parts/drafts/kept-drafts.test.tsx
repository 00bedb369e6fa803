import { cleanup, renderHook } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { forgetDraftsBut, keepDrafts, keptNames, useKeeping, useKept } from "./kept-drafts";

afterEach(() => {
  cleanup();
  forgetDraftsBut(null);
});

const type = (name: string, draft: unknown) => renderHook(() => useKeeping(name, draft));
const keptOf = (name: string) => renderHook(() => useKept<string>(name)).result.current;

it("keeps what was typed, each form its own, and gives it away once", () => {
  type("a", "one");
  type("b", undefined);
  type("gone", "two").unmount();
  keepDrafts("u1");
  expect(keptNames()).toEqual(["a"]);
  expect([keptOf("a"), keptOf("a"), keptOf("b")]).toEqual(["one", undefined, undefined]);
});

it("is the user's who has typed it, also over two ends", () => {
  const form = type("a", "one");
  keepDrafts("u1");
  form.unmount();
  type("b", "two");
  keepDrafts("u1");
  forgetDraftsBut("u1");
  expect(keptNames()).toEqual(["a", "b"]);
  keepDrafts("u2");
  expect(keptNames()).toEqual(["b"]);
  forgetDraftsBut("u1");
  expect(keptNames()).toEqual([]);
});

it("has bounds", () => {
  for (let form = 0; form < 60; form += 1) type(`form ${form}`, "typed");
  type("long", "x".repeat(100_001));
  keepDrafts("u1");
  expect(keptNames()).toHaveLength(50);
  expect(keptNames()).not.toContain("long");
});
