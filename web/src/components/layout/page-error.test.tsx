import { act, cleanup, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { contact } from "@/api/contact";
import { ApiError, unreachable } from "@/api/problem";
import { showPage } from "@/lib/show-page";
import { PageError } from "./page-error";

afterEach(() => {
  cleanup();
  contact.heard();
});

it("tries again by itself once the server is back", async () => {
  const reset = vi.fn();
  showPage(() => <PageError error={new ApiError(unreachable())} reset={reset} />, "/_console/users");
  expect(await screen.findByRole("button", { name: "Try again" })).toBeTruthy();
  act(() => contact.missed());
  expect(reset).not.toHaveBeenCalled();
  await act(async () => contact.heard());
  expect(reset).toHaveBeenCalledOnce();
});
