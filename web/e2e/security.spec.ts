import { look } from "./fixtures/look.ts";
import { open } from "./fixtures/moves.ts";
import { ADMINISTRATOR, failToSignIn, registerWhole, signInWith } from "./fixtures/people.ts";
import { expect, test } from "./fixtures/test.ts";

test("sign-ins say whose they are, and are narrowed by person, outcome and reason", async ({ page, platform }) => {
  const { email, display_name } = await registerWhole(platform, "Emmy Noether");
  await failToSignIn(platform, email);
  await failToSignIn(platform, `nobody.${email}`);
  await open(page, "/security?view=attempts", "Security");
  const list = page.getByRole("tabpanel").getByRole("list");
  await expect(list.getByRole("link", { name: display_name }).first()).toBeVisible();
  await look(page, "security-sign-ins-filters");

  await page.getByLabel("E-mail address").fill(email);
  await page.keyboard.press("Enter");
  await page.waitForURL(/email=emmy/);
  await expect(list.getByText(email)).toHaveCount(1);
  await expect(list.getByRole("listitem")).toHaveCount(1);
  await page.getByLabel("Outcome").selectOption({ label: "failed" });
  await page.getByLabel("Reason").selectOption("wrong_credentials");
  await page.waitForURL(/failure=wrong_credentials/);
  await expect(list.getByRole("listitem")).toHaveCount(1);
  await look(page, "security-sign-ins-narrowed");
  await page.reload();
  await expect(page.getByLabel("Reason")).toHaveValue("wrong_credentials");
  await expect(list.getByRole("listitem")).toHaveCount(1);

  await page.getByLabel("Outcome").selectOption({ label: "signed in" });
  await expect(page.getByText("Nothing matches the filters.")).toBeVisible();
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await expect(page).toHaveURL(/\/security\?view=attempts$/);
  await page.getByLabel("Since").fill("2001-01-01T00:00");
  await page.getByLabel("Until").fill("2001-01-02T00:00");
  await page.keyboard.press("Enter");
  await page.waitForURL(/since=2001.*until=2001/);
  await expect(page.getByText("Nothing matches the filters.")).toBeVisible();
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await list.getByRole("link", { name: display_name }).first().click();
  await page.waitForURL(/\/users\//);
});

test("security events are narrowed by kind and severity, and keep the person from list to list", async ({
  page,
  platform,
}) => {
  const { email, name } = ADMINISTRATOR;
  await signInWith(platform, ADMINISTRATOR, "curl/8.14.1");
  await open(page, "/security", "Security");
  const list = page.getByRole("tabpanel").getByRole("list");
  await page.getByLabel("What happened").selectOption({ label: "Signed in from a new device" });
  await page.getByLabel("Severity").selectOption({ label: "medium" });
  await page.waitForURL(/severity=medium/);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Since").focus();
  await page.waitForURL(/email=ada/);
  await expect(list.getByRole("listitem").first()).toContainText("Signed in from a new device");
  await expect(list.getByText(email).first()).toBeVisible();
  await look(page, "security-events-narrowed");
  await page.getByRole("tab", { name: "Sign-ins" }).click();
  await page.waitForURL(/email=ada/);
  await expect(list.getByRole("listitem").first()).toContainText(name);
});

test("a rotation says what was done, and a second one that a key waits already", async ({ page }) => {
  await open(page, "/security?view=keys", "Security");
  for (const told of ["The next key is published", "Nothing changed: a next key waits already"]) {
    await page.getByRole("button", { name: "Rotate…" }).click();
    const question = page.getByRole("alertdialog", { name: "Rotate the signing keys?" });
    if (told.startsWith("Nothing")) await expect(question).toContainText("waits already");
    await question.getByRole("button", { name: "Rotate" }).click();
    await expect(page.getByText(told, { exact: true })).toBeVisible();
  }
  await expect(page.getByText(/The next key waits, and signs from/)).toBeVisible();
  await look(page, "security-keys-waiting");
});
