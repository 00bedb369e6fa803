import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { fetchParts } from "@/lib/lazy-part";
import { type Note, takeNotes } from "@/lib/notify";
import { showPage } from "@/lib/show-page";
import { useDraft } from "@/parts/drafts/drafts";
import { LeaveGuard } from "@/parts/drafts/leave-guard";
import { useSignOut } from "./use-sign-out";

const notes: Note[] = [];
const stop = takeNotes((note) => notes.push(note));
beforeAll(fetchParts);
afterEach(() => {
  cleanup();
  stop();
  vi.useRealTimers();
});

function SignOutButton() {
  return (
    <button type="button" onClick={useSignOut()}>
      Sign out
    </button>
  );
}

it("says that it waits for a server that does not answer", async () => {
  vi.stubGlobal("fetch", () => new Promise(() => undefined));
  showPage(SignOutButton, "/_console/users");
  const button = await screen.findByRole("button", { name: "Sign out" });
  vi.useFakeTimers();
  fireEvent.click(button);
  expect(notes).toEqual([]);
  await vi.advanceTimersByTimeAsync(1_500);
  expect(notes.map(({ title }) => title)).toEqual(["Signing out"]);
});

it("asks first where something was typed and not saved", async () => {
  const asked = vi.fn().mockResolvedValue(new Response(null, { status: 204 }));
  vi.stubGlobal("fetch", asked);
  const Page = () => {
    useDraft(true);
    return (
      <>
        <SignOutButton />
        <LeaveGuard />
      </>
    );
  };
  showPage(Page, "/_console/users");
  fireEvent.click(await screen.findByRole("button", { name: "Sign out" }));
  fireEvent.click(await screen.findByRole("button", { name: "Cancel" }));
  await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
  expect(asked).not.toHaveBeenCalled();
  fireEvent.click(screen.getByRole("button", { name: "Sign out" }));
  fireEvent.click(await screen.findByRole("button", { name: "Leave" }));
  await waitFor(() => expect(asked).toHaveBeenCalledOnce());
});
