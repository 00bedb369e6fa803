import { look } from "./fixtures/look.ts";
import { expectPage, open } from "./fixtures/moves.ts";
import { ADMINISTRATOR } from "./fixtures/people.ts";
import { expect, test } from "./fixtures/test.ts";

test.use({ signedIn: false });

test("signing in leads where one wanted to go, and signing out ends it", async ({ page, platform, faults }) => {
  faults.expect(/^401: POST \/console\/session/);
  await platform.setUp();
  await open(page, "/events", "Sign in");
  await look(page, "sign-in");
  const password = page.getByLabel("Password", { exact: true });
  const button = page.getByRole("button", { name: "Sign in", exact: true });
  await page.getByLabel("E-mail").fill(ADMINISTRATOR.email);
  await password.fill("not the right password");
  await button.click();
  await expect(page.getByRole("alert")).toBeVisible();
  await look(page, "sign-in-refused");
  await password.fill(ADMINISTRATOR.password);
  await button.click();
  await expectPage(page, "Events");
  await page.getByRole("button", { name: /account of/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expectPage(page, "Sign in");
  await open(page, "/users", "Sign in");
});
