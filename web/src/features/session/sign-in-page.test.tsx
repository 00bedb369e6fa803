import { cleanup, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { showPage } from "./show-page";
import { SignInPage } from "./sign-in-page";

afterEach(cleanup);

it("tells whoever forgot their password a command that works as it stands there", async () => {
  showPage(SignInPage, "/sign-in");
  const hint = await screen.findByText(/Forgot your password/);
  expect(hint.textContent).toContain("Stop ORION, then: orion admin reset EMAIL");
});
