import { look } from "./fixtures/look.ts";
import { expectLive, expectPage, open } from "./fixtures/moves.ts";
import { ADMINISTRATOR } from "./fixtures/people.ts";
import { expect, testAlone as test } from "./fixtures/test.ts";

test("whoever made a link on the machine chooses a new password with it, once", async ({ page, platform, faults }) => {
  faults.expect(/^422: POST \/console\/reset/, /^40\d: POST \/console\//, /^401: GET /, /WebSocket/);
  const link = await platform.makeResetLink(ADMINISTRATOR.email);
  const otherTab = await page.context().newPage();
  await open(otherTab, "/", "Overview");
  await expectLive(otherTab);
  await page.goto(link);
  await expectPage(page, "Choose a new password");
  expect(page.url()).not.toContain("#");
  await look(page, "reset");
  const field = page.getByLabel("New password", { exact: true });
  const button = page.getByRole("button", { name: "Change password" });
  await field.fill("too short");
  await button.click();
  await expect(page.getByText("6 more characters needed.")).toBeVisible();
  await field.fill(ADMINISTRATOR.email);
  await button.click();
  await expect(page.getByText("The password must not be the e-mail address or the name.")).toBeVisible();
  await look(page, "reset-refused");
  await field.fill("four bright stars in a row");
  const asked = otherTab.waitForResponse((response) => response.url().endsWith("/console/session"));
  await button.click();
  await expectPage(page, "Overview");
  // The session of the other tab has ended, and the browser has a new one.
  await asked;
  await expectLive(otherTab);
  await expectPage(otherTab, "Overview");
  await page.goto(link);
  await expectPage(page, "This link is not valid any more");
  await expect(page.getByText("orion admin reset EMAIL")).toBeVisible();
  await look(page, "reset-stale");
  await open(page, "/", "Overview");
});
