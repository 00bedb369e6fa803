import { cleanup, fireEvent, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { render } from "@/lib/show-page";
import { createShortcutReader, keyName, useShortcuts } from "./shortcuts";

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

describe("useShortcuts", () => {
  afterEach(cleanup);

  const run = vi.fn();
  function Page({ role, closed }: { role?: string; closed?: boolean }) {
    useShortcuts({ x: run });
    return (
      <div role={role} data-closed={closed ? "" : undefined}>
        <button type="button">Here</button>
        <input />
      </div>
    );
  }
  const pressIn = (role: "button" | "textbox", props: { role?: string; closed?: boolean } = {}) => {
    run.mockReset();
    render(<Page {...props} />);
    fireEvent.keyDown(screen.getByRole(role), { key: "x" });
    cleanup();
    return run.mock.calls.length;
  };

  it("hears keys on the page, and leaves them to fields and to what is open over the page", () => {
    expect(pressIn("button")).toBe(1);
    expect(pressIn("textbox")).toBe(0);
    expect(["dialog", "alertdialog", "menu"].map((role) => pressIn("button", { role }))).toEqual([0, 0, 0]);
  });

  it("hears them again as soon as a dialog is closed, while it still fades away", () => {
    expect(pressIn("button", { role: "dialog", closed: true })).toBe(1);
  });
});
