import { act, cleanup, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { contact } from "@/api/contact";
import { render } from "@/lib/show-page";
import { Loading } from "./loading";

beforeEach(() => {
  vi.useFakeTimers();
  render(<Loading label="Loading the users">…</Loading>);
});
afterEach(() => {
  cleanup();
  contact.heard();
  vi.useRealTimers();
});

it("says when it takes long", () => {
  act(() => void vi.advanceTimersByTime(4_000));
  expect(screen.queryByText(/longer than usual/)).toBeNull();
  act(() => void vi.advanceTimersByTime(2_000));
  expect(screen.getByText(/longer than usual/)).toBeTruthy();
});

it("ends when the server is lost, and goes on when it is back", () => {
  act(() => contact.missed());
  expect(screen.queryByRole("status")).toBeNull();
  expect(screen.getByRole("heading", { name: "The console's server does not answer" })).toBeTruthy();
  act(() => contact.heard());
  expect(screen.getByRole("status", { name: "Loading the users" })).toBeTruthy();
});
