import { describe, expect, it, vi } from "vitest";
import { createShortcutReader, keyName } from "./shortcuts";

const press = (key: string, held: Partial<KeyboardEvent> = {}) =>
  keyName({ key, ctrlKey: false, metaKey: false, altKey: false, ...held });

describe("keyName", () => {
  it("names Control and Command alike", () => {
    expect(press("K", { ctrlKey: true })).toBe("mod+k");
    expect(press("k", { metaKey: true })).toBe("mod+k");
  });

  it("ignores keys that type nothing and those with Alt", () => {
    expect(press("Shift")).toBeNull();
    expect(press("k", { altKey: true })).toBeNull();
  });
});

describe("createShortcutReader", () => {
  it("completes a pair of keys within a second, but not later", () => {
    let now = 0;
    const read = createShortcutReader(() => now);
    const shortcuts = { "g o": vi.fn() };
    read("g", shortcuts);
    now = 900;
    expect(read("o", shortcuts)).toBe(shortcuts["g o"]);
    read("g", shortcuts);
    now = 2_500;
    expect(read("o", shortcuts)).toBeUndefined();
  });

  it("runs a single key at once", () => {
    const shortcuts = { "?": vi.fn() };
    expect(createShortcutReader()("?", shortcuts)).toBe(shortcuts["?"]);
  });
});
