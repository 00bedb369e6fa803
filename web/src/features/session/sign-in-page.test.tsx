import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { render, showPage } from "@/lib/show-page";
import { forgetDraftsBut, keepDrafts, useKeeping } from "@/parts/drafts/kept-drafts";
import { SignInPage } from "./sign-in-page";

afterEach(cleanup);

it("tells whoever forgot their password where a link is mailed, and a command that works as it stands there", async () => {
  showPage(SignInPage, "/sign-in");
  const hint = await screen.findByText(/Forgot your password/);
  expect(hint.textContent).toContain("Ask for a link at /auth/reset of your platform's address.");
  expect(hint.textContent).toContain("Stop ORION, then: orion admin reset EMAIL");
});

it("says that what was typed is kept, where something is, and what becomes of it", async () => {
  const Form = () => {
    useKeeping("auth.x", { typed: { value: 1 } });
    return null;
  };
  render(<Form />);
  keepDrafts("u1");
  showPage(SignInPage, "/sign-in?ended=true");
  expect(await screen.findByText(/what you typed is kept while this page is open/)).toBeTruthy();
  cleanup();
  forgetDraftsBut("u2");
  showPage(SignInPage, "/sign-in?ended=true");
  expect(await screen.findByText("Your session has ended. Sign in to go on where you were.")).toBeTruthy();
});

it("says once what is wrong with a field", async () => {
  const errors = [{ field: "email", message: "must be an e-mail address" }];
  const problem = { type: "urn:orion:problem:validation", title: "Some fields are not valid", status: 422, errors };
  const headers = { "content-type": "application/problem+json" };
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify(problem), { status: 422, headers }));
  showPage(SignInPage, "/sign-in");
  await userEvent.type(await screen.findByLabelText("E-mail"), "ada@b");
  await userEvent.type(screen.getByLabelText("Password"), "three bright stars{Enter}");
  expect(await screen.findByText("The address must be an e-mail address.")).toBeTruthy();
  expect(screen.queryByRole("alert")).toBeNull();
});
