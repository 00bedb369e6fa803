import { act, cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, it, vi } from "vitest";
import { ApiError } from "@/api/problem";
import { render } from "@/lib/show-page";
import { ConfirmDialog, type ConfirmDialogProps } from "./confirm-dialog";

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const refusal = (name: string, status: number, title: string) =>
  new ApiError({ type: `urn:orion:problem:${name}`, title, status });

type Given = Partial<ConfirmDialogProps> & Pick<ConfirmDialogProps, "run">;

function Page(given: Given) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        Open
      </button>
      <ConfirmDialog title="Delete acme?" action="Delete" {...given} open={open} onOpenChange={setOpen}>
        Its members lose their access.
      </ConfirmDialog>
    </>
  );
}

const opened = async () => {
  await userEvent.click(screen.getByRole("button", { name: "Open" }));
  return screen.findByRole("alertdialog", { name: "Delete acme?" });
};
const press = (name: string) => userEvent.click(screen.getByRole("button", { name }));

it("does it once, closes, and gives the focus back to what opened it", async () => {
  let end = () => {};
  const run = vi.fn(() => new Promise<void>((resolve) => (end = resolve)));
  render(<Page run={run} />);
  const form = (await opened()).querySelector("form");
  // The second comes before the first one is shown.
  act(() => void (form && [fireEvent.submit(form), fireEvent.submit(form)]));
  expect(run).toHaveBeenCalledOnce();
  act(() => end());
  await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("button", { name: "Open" })));
});

it("shows the wish for a fresh sign-in when it was called off", async () => {
  const run = vi.fn().mockRejectedValue(refusal("insufficient-user-authentication", 401, "Sign in again"));
  const onOpenChange = vi.fn();
  render(
    <ConfirmDialog title="Delete acme?" action="Delete" run={run} open onOpenChange={onOpenChange}>
      Its members lose their access.
    </ConfirmDialog>,
  );
  await press("Delete");
  expect((await screen.findByRole("alert")).textContent).toContain("Prove once more who you are");
  expect(run).toHaveBeenCalledOnce();
  expect(onOpenChange).not.toHaveBeenCalled();
});

it("begins on Cancel, so that a hasty Enter does nothing", async () => {
  const run = vi.fn();
  render(<Page run={run} />);
  await opened();
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("button", { name: "Cancel" })));
  await userEvent.keyboard("{Enter}");
  expect(run).not.toHaveBeenCalled();
});

it("waits for the name and the reason, and says what is missing", async () => {
  const run = vi.fn().mockResolvedValue(undefined);
  render(<Page run={run} typed="acme" leastReason={5} />);
  await opened();
  await press("Delete");
  expect(screen.getByText("This is not acme.")).toBeTruthy();
  expect(screen.getByText("Say why, in 5 characters or more.")).toBeTruthy();
  expect(run).not.toHaveBeenCalled();
  await userEvent.type(screen.getByLabelText("Type acme to go on"), "acme");
  await userEvent.type(screen.getByLabelText("Reason"), " They left. {Enter}");
  await waitFor(() => expect(run).toHaveBeenCalledExactlyOnceWith({ reason: "They left." }));
});

it("shows why it could not be done, and stays", async () => {
  render(<Page run={() => Promise.reject(refusal("conflict", 409, "Somebody was faster"))} />);
  await opened();
  await press("Delete");
  expect((await screen.findByRole("alert")).textContent).toContain("The current state does not allow this");
  expect(screen.getByRole("alertdialog")).toBeTruthy();
});

it("cannot be closed while it is done, unless that takes long", async () => {
  render(<Page run={() => new Promise(() => {})} />);
  await opened();
  vi.useFakeTimers({ shouldAdvanceTime: true });
  await press("Delete");
  await userEvent.keyboard("{Escape}");
  expect(screen.getByRole("alertdialog")).toBeTruthy();
  act(() => void vi.advanceTimersByTime(10_000));
  expect(screen.getByText(/There is no answer yet/)).toBeTruthy();
  await press("Close");
  await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
});

it("names the first few, and how many more there are", async () => {
  render(<Page run={async () => {}} objects={["a", "b", "c", "d", "e", "f"]} objectCount={120} />);
  await opened();
  expect(screen.getAllByRole("listitem").map((item) => item.textContent)).toEqual([
    "a",
    "b",
    "c",
    "d",
    "e",
    "and 115 more",
  ]);
});
