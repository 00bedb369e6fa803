import type { Page } from "@playwright/test";
import { look } from "./fixtures/look.ts";
import { expectPage } from "./fixtures/moves.ts";
import { ADMINISTRATOR } from "./fixtures/people.ts";
import { expect, testAlone as test } from "./fixtures/test.ts";

test.use({ signedIn: false });

const button = (page: Page) => page.getByRole("button", { name: "Create administrator" });
const password = (page: Page) => page.getByLabel("Password", { exact: true });

async function fillIn(page: Page): Promise<void> {
  await page.getByLabel("E-mail").fill(ADMINISTRATOR.email);
  await page.getByLabel("Name").fill(ADMINISTRATOR.name);
  await password(page).fill(ADMINISTRATOR.password);
}

/** How far down something begins. */
async function topOf(page: Page): Promise<number> {
  const box = await button(page).boundingBox();
  if (!box) throw new Error("the button is not there");
  return box.y;
}

test("an old link says so before anybody fills in a form, and the right one is taken in the same tab", async ({
  page,
  platform,
  faults,
}) => {
  faults.expect(/^40\d: POST \/console\//);
  await page.goto("/setup#of-an-earlier-start");
  await expectPage(page, "This link is not valid any more");
  await look(page, "setup-stale");
  // Only the fragment changes, and the page is not loaded anew.
  await page.goto(platform.setupLink);
  await expectPage(page, "Welcome to ORION");
});

test("whoever opens the link is the first administrator, and its token leaves the address", async ({
  page,
  platform,
}) => {
  await page.goto(platform.setupLink);
  await expectPage(page, "Welcome to ORION");
  expect(page.url()).not.toContain("#");
  await look(page, "setup");
  await fillIn(page);
  await button(page).click();
  await expectPage(page, "Overview");
});

test("what is refused is told once, at its field, and the form stays where it is", async ({
  page,
  platform,
  faults,
}) => {
  faults.expect(/^422: POST \/console\/setup/);
  await page.goto(platform.setupLink);
  await expectPage(page, "Welcome to ORION");
  const before = await topOf(page);
  await fillIn(page);
  await page.getByLabel("E-mail").fill("ada");
  await password(page).fill("too short");
  await button(page).click();
  await expect(page.getByText("6 more characters needed.")).toBeVisible();
  await expect(page.getByText("This is no e-mail address")).toBeVisible();
  await look(page, "setup-refused");
  await page.getByLabel("E-mail").fill(ADMINISTRATOR.email);
  await password(page).fill(ADMINISTRATOR.email);
  await button(page).click();
  await expect(page.getByText("The password must not be the e-mail address or the name.")).toBeVisible();
  await expect(page.getByText("Some fields are not valid")).toHaveCount(0);
  expect(Math.abs((await topOf(page)) - before), "how far the button has jumped").toBeLessThanOrEqual(20);
});

test("a message of two lines is not taken for part of the next field", async ({ page, platform, faults }) => {
  faults.expect(/^422: POST \/console\/setup/);
  await page.goto(platform.setupLink);
  await fillIn(page);
  const message = "is one that does not stand on one line of this form, whatever else is said of it";
  const problem = {
    type: "urn:orion:problem:validation",
    title: "Some fields are not valid",
    status: 422,
    errors: [{ field: "display_name", message }],
  };
  await page.route("**/console/setup", (route) =>
    route.fulfill({ status: 422, contentType: "application/problem+json", body: JSON.stringify(problem) }),
  );
  await button(page).click();
  const told = page.getByText(message);
  await expect(told).toBeVisible();
  const bottom = await told.evaluate((element) => {
    const lines = document.createRange();
    lines.selectNodeContents(element);
    return lines.getBoundingClientRect().bottom;
  });
  const next = await page.locator("label").getByText("Password").boundingBox();
  expect((next?.y ?? 0) - bottom, "the room between the message and the next label").toBeGreaterThanOrEqual(12);
  await look(page, "setup-two-lines");
});
