import { look } from "./fixtures/look.ts";
import { mailedLink } from "./fixtures/mail.ts";
import { expectPage, open } from "./fixtures/moves.ts";
import { ADMINISTRATOR } from "./fixtures/people.ts";
import { expect, testAlone as test } from "./fixtures/test.ts";

const NEW = "ada.new@example.org";

test("an address is asked for, withdrawn, and changed once both mailboxes have confirmed it", async ({
  page,
  platform,
  faults,
}) => {
  await open(page, "/account", "Your security");
  const section = page.getByRole("region", { name: "E-mail address" });
  await section.getByLabel("New address").fill(NEW);
  await look(page, "email-change-form");
  await section.getByRole("button", { name: "Change the address" }).click();
  await expect(section.getByText("Waits for its mail")).toHaveCount(2);
  await look(page, "email-change-waits");
  await section.getByRole("button", { name: "Withdraw…" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Withdraw" }).click();
  await section.getByLabel("New address").fill(NEW);
  await section.getByRole("button", { name: "Change the address" }).click();
  await expect(section.getByText("Waits for its mail")).toHaveCount(2);

  const mailbox = await page.context().browser()?.newContext();
  if (!mailbox) throw new Error("no browser");
  const hosted = await mailbox.newPage();
  await hosted.goto(await mailedLink(platform, NEW, "/auth/email-change"));
  await expect(hosted.getByRole("heading", { level: 1 })).toHaveText("Another e-mail address");
  await look(hosted, "email-change-hosted-new");
  await hosted.getByRole("button", { name: "Confirm the change" }).click();
  await expect(hosted.getByRole("heading", { level: 1 })).toHaveText("Confirmed at this address");
  await page.reload();
  await expect(section.getByText("Confirmed", { exact: true })).toBeVisible();
  await hosted.goto(await mailedLink(platform, ADMINISTRATOR.email, "/auth/email-change"));
  await expect(hosted.getByRole("button", { name: "Refuse the change" })).toBeVisible();
  await look(hosted, "email-change-hosted-current");
  // All sessions end with it, that of the page as well.
  faults.expect(/^401: /, /WebSocket/);
  await hosted.getByRole("button", { name: "Confirm the change" }).click();
  await expect(hosted.getByRole("heading", { level: 1 })).toHaveText("Your address has changed");
  await look(hosted, "email-change-hosted-done");
  await mailbox.close();
  await page.reload();
  await expectPage(page, "Sign in");
});
