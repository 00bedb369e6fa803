import { act, cleanup, fireEvent, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { CommandPalette } from "@/features/shell/command-palette";
import { render } from "@/lib/show-page";
import { keepKeys, takeKeys, typeInto } from "./early-keys";
import { useShortcuts } from "./shortcuts";

afterEach(() => {
  cleanup();
  takeKeys();
});

const run = vi.fn();
function Page({ open }: { open: boolean }) {
  useShortcuts({ "g u": run });
  const command = { label: "Users", icon: () => null, keywords: "", run };
  return (
    <>
      <button type="button">Here</button>
      <CommandPalette open={open} onOpenChange={() => undefined} commands={open ? [command as never] : []} />
    </>
  );
}
const press = (...keys: string[]) => {
  for (const key of keys) fireEvent.keyDown(screen.getByRole("button"), { key });
};

it("are no shortcuts, and are typed as soon as the field is there", async () => {
  run.mockReset();
  const { rerender } = render(<Page open={false} />);
  keepKeys(() => undefined);
  press("g", "u", "x", "Backspace", "Shift");
  expect(run).not.toHaveBeenCalled();
  await act(async () => rerender(<Page open />));
  await vi.waitFor(() => expect(screen.getByRole<HTMLInputElement>("combobox").value).toBe("gu"));
  expect(takeKeys()).toEqual([]);
});

it("choose what they name when Enter is among them", async () => {
  run.mockReset();
  const { rerender } = render(<Page open={false} />);
  keepKeys(() => undefined);
  press("u", "s", "Enter", "g");
  await act(async () => rerender(<Page open />));
  await vi.waitFor(() => expect(run).toHaveBeenCalledOnce());
});

it("are the page's again after Escape", () => {
  run.mockReset();
  render(<Page open={false} />);
  const giveUp = vi.fn();
  keepKeys(giveUp);
  press("x", "Escape", "g", "u");
  expect(giveUp).toHaveBeenCalledOnce();
  expect(run).toHaveBeenCalledOnce();
});

it("leave the browser its own shortcuts", () => {
  render(<Page open={false} />);
  keepKeys(() => undefined);
  expect(fireEvent.keyDown(screen.getByRole("button"), { key: "r", ctrlKey: true })).toBe(true);
  expect(takeKeys()).toEqual([]);
});

it("are typed at the end of what is there", () => {
  expect(typeInto("a", ["b", "Backspace", "Tab", "c", "Enter"])).toBe("ac");
});
