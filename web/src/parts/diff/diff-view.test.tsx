import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { render } from "@/lib/show-page";
import { DiffView } from "./diff-view";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const lines = (changed: string) =>
  Array.from({ length: 30 }, (_, index) => (index === 15 ? changed : `line ${index + 1}`)).join("\n");
const narrow = (matches: boolean) =>
  vi.stubGlobal("matchMedia", () => ({ matches, addEventListener: () => {}, removeEventListener: () => {} }));

it("folds what is the same, and shows it when asked", async () => {
  render(<DiffView label="Two versions" before={lines("old words")} after={lines("new words")} />);
  expect(screen.queryByText("line 1")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Show 12 lines that are the same" }));
  expect(screen.getAllByText("line 1").length).toBeGreaterThan(0);
  expect(screen.getByRole("button", { name: "Show 11 lines that are the same" })).toBeTruthy();
});

it("marks the words that differ, as removed and as added", () => {
  render(<DiffView label="Two versions" before="old words" after="new words" />);
  expect(screen.getByText("old").closest("del")?.textContent).toBe("old words");
  expect(screen.getByText("new").closest("ins")?.textContent).toBe("new words");
});

it("stands side by side where there is room, one below the other on phones", () => {
  narrow(false);
  render(<DiffView label="Two versions" before="a" after="b" beforeLabel="Version 1" afterLabel="Version 2" />);
  expect(screen.getByRole("columnheader", { name: "Version 2" })).toBeTruthy();
  cleanup();
  narrow(true);
  render(<DiffView label="Two versions" before="a" after="b" beforeLabel="Version 1" afterLabel="Version 2" />);
  expect(screen.queryByRole("columnheader", { name: "Version 2" })).toBeNull();
  expect(screen.queryByRole("button", { name: "Side by side" })).toBeNull();
});

it("shows and copies no secret", async () => {
  const write = vi.fn().mockResolvedValue(undefined);
  const user = userEvent.setup();
  vi.spyOn(navigator.clipboard, "writeText").mockImplementation(write);
  const { container } = render(
    <DiffView label="Settings" before={{ key: "hush", n: 1 }} after={{ key: "hush2", n: 2 }} secrets={["key"]} />,
  );
  await user.click(screen.getByRole("button", { name: "Copy as a patch" }));
  expect(write.mock.calls[0]?.[0]).toContain('+  "n": 2');
  expect(container.textContent + write.mock.calls[0]?.[0]).not.toContain("hush");
});

it("says so when there is no difference", () => {
  render(<DiffView label="Settings" before={{ a: 1, b: 2 }} after={{ b: 2, a: 1 }} />);
  expect(screen.getByText("There is no difference.")).toBeTruthy();
});

it("shows long comparisons by and by", async () => {
  const numbered = Array.from({ length: 9 }, (_, index) => `same ${index}`);
  const long = (word: string) =>
    [...Array.from({ length: 600 }, (_, index) => `${word}${index}`), ...numbered, `end of ${word}`].join("\n");
  const { container } = render(<DiffView label="Long" before={long("a")} after={long("b")} />);
  // Looked for in the document itself: roles of thousands of cells take seconds to work out here.
  const more = () =>
    [...container.querySelectorAll("button")].find((button) => button.textContent === "Show more lines");
  const button = more();
  expect(container.textContent).not.toContain("b599");
  expect(container.textContent).not.toContain("end of b");
  if (button) await userEvent.click(button);
  expect(container.textContent).toContain("b599");
  expect(container.textContent).toContain("end of b");
  expect(more()).toBeUndefined();
});
