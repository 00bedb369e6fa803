import { look } from "./fixtures/look.ts";
import { mailedLink } from "./fixtures/mail.ts";
import { deleteOrganisation, makeOrganisation, registerActive } from "./fixtures/organisations.ts";
import { expect, test } from "./fixtures/test.ts";

test("who has an account opens the mail, signs in, accepts and is a member", async ({ page, platform }) => {
  test.slow();
  const person = await registerActive(platform, "Sofia Kovalevskaya");
  const slug = await makeOrganisation(page, "Spinning Tops");
  await page.getByRole("button", { name: "Invite somebody…" }).click();
  const inviting = page.getByRole("dialog", { name: "Invite somebody to Spinning Tops" });
  await inviting.getByLabel("E-mail address").fill(person.email);
  await inviting.getByRole("checkbox", { name: "Organisation administrator" }).check();
  await inviting.getByRole("button", { name: "Invite" }).click();
  await expect(inviting).toBeHidden();

  const theirs = await page.context().browser()?.newContext();
  if (!theirs) throw new Error("no browser");
  const hosted = await theirs.newPage();
  const title = hosted.getByRole("heading", { level: 1 });
  await hosted.goto(await mailedLink(platform, person.email, "/auth/organisation-invitation"));
  await expect(title).toHaveText("Invitation to an organisation");
  await expect(hosted.getByText("Spinning Tops")).toHaveCount(0);
  await look(hosted, "organisation-invitation-stranger");
  await hosted.getByRole("link", { name: "Sign in", exact: true }).click();
  await hosted.locator("#email").fill(person.email);
  await hosted.locator("#password").fill(person.password);
  await hosted.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(title).toHaveText("Invitation to an organisation");
  await expect(hosted.getByText("Spinning Tops")).toBeVisible();
  await expect(hosted.getByText("Organisation administrator")).toBeVisible();
  await expect(hosted).not.toHaveURL(/code=/);
  await look(hosted, "organisation-invitation");
  await hosted.getByRole("link", { name: "Deutsch" }).click();
  await expect(hosted.getByRole("button", { name: "Annehmen" })).toBeVisible();
  await look(hosted, "organisation-invitation-de", ["phone"]);
  await hosted.getByRole("link", { name: "English" }).click();
  await hosted.getByRole("button", { name: "Accept" }).click();
  await expect(title).toHaveText("You belong to Spinning Tops now");
  await look(hosted, "organisation-invitation-accepted");
  await theirs.close();

  await page.reload();
  const row = page.getByRole("table", { name: "Members" }).getByRole("row").filter({ hasText: person.email });
  await expect(row).toContainText("Organisation administrator");
  await deleteOrganisation(page, slug);
});
