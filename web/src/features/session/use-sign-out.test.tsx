import { cleanup, fireEvent, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { type Note, takeNotes } from "@/lib/notify";
import { showPage } from "@/lib/show-page";
import { useSignOut } from "./use-sign-out";

const notes: Note[] = [];
const stop = takeNotes((note) => notes.push(note));
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
