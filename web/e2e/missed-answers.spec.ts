import { look } from "./fixtures/look.ts";
import { expectPage, goTo, navigation, open } from "./fixtures/moves.ts";
import { expect, test } from "./fixtures/test.ts";

test("what could not be had while the server did not answer comes once it does", async ({ page, faults }) => {
  const calls = /\/api\/v1\/users|\/console\/state/;
  faults.expect(/^failed: GET (\/api\/v1\/users|\/console\/state)/);
  await open(page, "/", "Overview");
  await page.route(calls, (route) => route.abort());
  await goTo(page, "Users");
  await expect(page.getByRole("heading", { name: "The console's server does not answer" })).toBeVisible();
  await expect(page.locator("[data-contact=lost]")).toBeVisible();
  await look(page, "users-lost");
  await page.unroute(calls);
  await expect(page.getByRole("table")).toBeVisible();
  await expect(page.locator("[data-contact=lost]")).toHaveCount(0);
});

test("code that cannot be loaded is an error of its page, with a way on", async ({ page, faults }) => {
  faults.expect(/^failed: GET \/assets\//, /ApiError/);
  const code = /assets\/users-page/;
  await page.route(code, (route) => route.abort());
  await open(page, "/", "Overview");
  await navigation(page).getByRole("link", { name: "Users" }).click();
  await expectPage(page, "This part of the console could not be loaded");
  await look(page, "code-missing");
  await page.unroute(code);
  await page.getByRole("button", { name: "Try again" }).click();
  await expectPage(page, "Users");
});
