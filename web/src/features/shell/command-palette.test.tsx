import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Activity, Users } from "lucide-react";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { render } from "@/lib/show-page";
import { CommandPalette } from "./command-palette";
import type { Command } from "./commands";

const command = (label: string, keywords: string, icon = Users): Command => ({
  label,
  icon,
  keywords,
  run: vi.fn(),
});

beforeAll(() => {
  // The test's DOM does not lay out, so it cannot scroll.
  Element.prototype.scrollIntoView = () => undefined;
});
afterEach(cleanup);

it("finds a command by its keywords and runs it with Enter", async () => {
  const commands = [command("Users", "people"), command("Events", "live stream", Activity)];
  const onOpenChange = vi.fn();
  render(<CommandPalette open onOpenChange={onOpenChange} commands={commands} />);
  await userEvent.type(screen.getByRole("combobox"), "stream{Enter}");
  expect(commands[1]?.run).toHaveBeenCalledOnce();
  expect(commands[0]?.run).not.toHaveBeenCalled();
  expect(onOpenChange).toHaveBeenCalledWith(false);
});

it("moves with the arrow keys, from the last to the first", async () => {
  const commands = [command("Users", "people"), command("Events", "stream", Activity)];
  render(<CommandPalette open onOpenChange={() => undefined} commands={commands} />);
  await userEvent.type(screen.getByRole("combobox"), "{ArrowUp}");
  expect(screen.getByRole("option", { selected: true }).textContent).toContain("Events");
  await userEvent.type(screen.getByRole("combobox"), "{ArrowDown}");
  expect(screen.getByRole("option", { selected: true }).textContent).toContain("Users");
});

it("says so when nothing is found, and Enter does nothing", async () => {
  const commands = [command("Users", "people")];
  render(<CommandPalette open onOpenChange={() => undefined} commands={commands} />);
  await userEvent.type(screen.getByRole("combobox"), "zebra{Enter}");
  expect(screen.getByRole("status").textContent).toContain("zebra");
  expect(commands[0]?.run).not.toHaveBeenCalled();
});

it("says how many were found, and of one that it is one", async () => {
  const commands = [command("Users", "people"), command("Events", "stream", Activity)];
  render(<CommandPalette open onOpenChange={() => undefined} commands={commands} />);
  expect(screen.getByRole("status").textContent).toBe("2 commands");
  await userEvent.type(screen.getByRole("combobox"), "use");
  expect(screen.getByRole("status").textContent).toBe("1 command");
});

it("finds words by their beginnings, not by letters within", async () => {
  const commands = [command("Captured mails", "messages email")];
  render(<CommandPalette open onOpenChange={() => undefined} commands={commands} />);
  await userEvent.type(screen.getByRole("combobox"), "tur");
  expect(screen.queryByRole("option")).toBeNull();
  await userEvent.clear(screen.getByRole("combobox"));
  await userEvent.type(screen.getByRole("combobox"), "mails capt");
  expect(screen.getByRole("option").textContent).toContain("Captured mails");
});

it("offers to search elsewhere for what is no command", async () => {
  const run = vi.fn();
  const searches = (typed: string) => [{ ...command(`Search users for “${typed}”`, ""), run }];
  render(<CommandPalette open onOpenChange={() => undefined} commands={[]} searches={searches} />);
  expect(screen.queryByRole("option")).toBeNull();
  await userEvent.type(screen.getByRole("combobox"), " vint {Enter}");
  expect(run).toHaveBeenCalledOnce();
});
