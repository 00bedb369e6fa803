import { cleanup, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { showPage } from "@/lib/show-page";
import { ResetPage } from "./reset-page";

const fetchMock = vi.fn<typeof fetch>();
beforeEach(() => vi.stubGlobal("fetch", fetchMock));
afterEach(() => {
  cleanup();
  fetchMock.mockReset();
});

const open = (address: string, needsSetup = false) =>
  showPage(ResetPage, address, { needs_setup: needsSetup, version: "0.1.0" });

it("says that a link is stale before anybody thinks up a password", async () => {
  const problem = { type: "urn:orion:problem:reset-link-invalid", title: "The link is not valid", status: 403 };
  const headers = { "content-type": "application/problem+json" };
  fetchMock.mockResolvedValue(new Response(JSON.stringify(problem), { status: 403, headers }));
  open("/reset#of-yesterday");
  expect(await screen.findByRole("heading", { name: "This link is not valid any more" })).toBeTruthy();
  expect(screen.getByText("orion admin reset EMAIL")).toBeTruthy();
  expect(screen.queryByLabelText("New password")).toBeNull();
  const [[request]] = fetchMock.mock.calls as [[Request]];
  expect(fetchMock).toHaveBeenCalledOnce();
  expect([new URL(request.url).pathname, await request.text()]).toEqual([
    "/console/reset/check",
    '{"token":"of-yesterday"}',
  ]);
});

it("shows the form for a good one, which tells what a password lacks", async () => {
  fetchMock.mockResolvedValue(new Response(null, { status: 204 }));
  open("/reset#of-the-machine");
  const field = await screen.findByLabelText("New password");
  expect(document.activeElement).toBe(field);
  screen.getByRole("button", { name: "Change password" }).click();
  await vi.waitFor(() => expect(field.getAttribute("aria-invalid")).toBe("true"));
  expect(fetchMock).toHaveBeenCalledOnce();
});

it("offers no sign-in where nobody can sign in yet", async () => {
  open("/reset", true);
  expect(await screen.findByRole("heading", { name: "There is no administrator yet" })).toBeTruthy();
  expect(screen.queryByRole("link", { name: "Sign in" })).toBeNull();
  cleanup();
  open("/reset");
  expect(await screen.findByRole("link", { name: "Sign in" })).toBeTruthy();
});
