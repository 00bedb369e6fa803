import { randomUUID } from "node:crypto";
import { look } from "./fixtures/look.ts";
import { goTo, open } from "./fixtures/moves.ts";
import { deleteOrganisation, makeOrganisation, registerActive } from "./fixtures/organisations.ts";
import { expect, test } from "./fixtures/test.ts";

test("an organisation is made, given a member with a role inside, and deleted", async ({ page, platform }) => {
  test.slow();
  const { email, display_name } = await registerActive(platform, "Mary Somerville");
  await open(page, "/", "Overview");
  await goTo(page, "Organisations");
  await page.getByRole("button", { name: "New organisation…" }).first().click();
  await expect(page.getByRole("dialog", { name: "A new organisation" })).toBeVisible();
  await look(page, "organisation-new");
  await page.keyboard.press("Escape");
  const slug = await makeOrganisation(page, "Analytical Engines");
  const members = page.getByRole("table", { name: "Members" });
  await expect(members.getByRole("row").nth(1)).toContainText("Organisation owner");

  await page.getByRole("button", { name: "Add a member…" }).click();
  const adding = page.getByRole("dialog", { name: "Add a member to Analytical Engines" });
  await adding.getByLabel("Who").fill(email);
  await adding.getByRole("radio", { name: display_name }).check();
  await look(page, "organisation-add-member");
  await adding.getByRole("button", { name: "Add" }).click();
  await expect(adding).toBeHidden();
  const row = members.getByRole("row").filter({ hasText: email });
  await expect(row).toContainText("Organisation member");

  const menu = row.getByRole("button", { name: `What can be done with ${display_name}` });
  await menu.click();
  await expect(page.getByRole("menuitem", { name: "Make the owner…" })).toBeVisible();
  await look(page, "organisation-member-menu");
  await page.getByRole("menuitem", { name: "Make the owner…" }).click();
  const handing = page.getByRole("alertdialog", { name: /^Make Mary Somerville the owner/ });
  await expect(handing).toContainText("You stay as an administrator of it.");
  await look(page, "organisation-transfer");
  await handing.getByRole("button", { name: "Cancel" }).click();
  await expect(handing).toBeHidden();
  await menu.click();
  await page.getByRole("menuitem", { name: "Give a role…" }).click();
  const giving = page.getByRole("dialog", { name: `Give ${display_name} a role inside` });
  await giving.getByLabel("Role").selectOption("organisation_admin");
  await look(page, "organisation-give-role");
  await giving.getByRole("button", { name: "Give" }).click();
  await expect(row).toContainText("Organisation administrator");
  await look(page, "organisation");

  await page.getByRole("region", { name: "Audit log" }).scrollIntoViewIfNeeded();
  await expect(page.getByRole("region", { name: "What was done for this organisation, and to it" })).toBeVisible();
  // Entries reach the log a moment after what they are about.
  await expect(async () => {
    await page.reload();
    const given = page.getByText("Gave the role organisation_admin inside the organisation");
    await expect(given).toBeVisible({ timeout: 3000 });
  }).toPass();
  await look(page, "organisation-audit");
  await page.getByRole("link", { name: "Show them among the users" }).click();
  await expect(page.getByRole("button", { name: "Take back: Organisation: Analytical Engines" })).toBeVisible();
  await expect(page.getByRole("region", { name: "List of users" })).toContainText(email);
  await page.getByRole("button", { name: "Filters and order" }).click();
  await look(page, "users-organisation");
  await page.goBack();

  await row.getByRole("link", { name: display_name }).click();
  const belongs = page.getByRole("region", { name: "Organisations" });
  await expect(belongs.getByRole("listitem")).toContainText("Organisation administrator");
  await look(page, "user-organisations");
  await belongs.getByRole("link", { name: "Analytical Engines" }).click();

  await menu.click();
  await page.getByRole("menuitem", { name: "Remove…" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await expect(row).toHaveCount(0);
  await page.getByRole("button", { name: "Delete…" }).click();
  await look(page, "organisation-delete");
  await page.getByRole("alertdialog").getByRole("button", { name: "Cancel" }).click();
  await deleteOrganisation(page, slug);
  await page.getByRole("searchbox", { name: "Search organisations" }).fill(`Nothing is called so ${slug}`);
  await expect(page.getByRole("heading", { name: "No organisation matches" })).toBeVisible();
  await look(page, "organisations-none");
});

test("somebody is invited to an organisation by their address, and no longer", async ({ page }) => {
  const slug = await makeOrganisation(page, "Difference Engines");
  await page.getByRole("button", { name: "Invite somebody…" }).click();
  const inviting = page.getByRole("dialog", { name: "Invite somebody to Difference Engines" });
  const email = `guest.${randomUUID().slice(0, 8)}@example.org`;
  await inviting.getByLabel("E-mail address").fill(email);
  await inviting.getByRole("checkbox", { name: "Organisation administrator" }).check();
  await look(page, "organisation-invite");
  await inviting.getByRole("button", { name: "Invite" }).click();
  await expect(inviting).toBeHidden();
  const line = page.getByRole("region", { name: "Invitations" }).getByRole("listitem").filter({ hasText: email });
  await expect(line).toContainText("Organisation administrator");
  await line.scrollIntoViewIfNeeded();
  await look(page, "organisation-invitations");
  await line.getByRole("button", { name: `Withdraw: ${email}` }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Withdraw" }).click();
  await expect(line).toHaveCount(0);
  await deleteOrganisation(page, slug);
});

test("one's own organisations and invitations stand on the account's page, and the last owner stays", async ({
  page,
}) => {
  const slug = await makeOrganisation(page, "Jacquard Looms");
  await page.route("**/api/v1/users/me/organisation-invitations", (route) =>
    route.fulfill({
      json: {
        items: [
          {
            id: "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42",
            organisation_id: "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b43",
            organisation_name: "Weavers of Lyon",
            email: "ada@example.org",
            roles: ["organisation_admin"],
            invited_by: "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b44",
            sent_at: "2030-01-01T12:00:00Z",
            expires_at: "2130-01-01T12:00:00Z",
          },
        ],
      },
    }),
  );
  const organisation = page.url();
  await open(page, "/account", "Your security");
  const invited = page.getByRole("region", { name: "Invitations to organisations" });
  await expect(invited.getByRole("button", { name: "Accept: Weavers of Lyon" })).toBeVisible();
  await look(page, "account-invitations");
  const own = page.getByRole("region", { name: "Organisations", exact: true });
  const line = own.getByRole("listitem").filter({ hasText: "Jacquard Looms" });
  await line.scrollIntoViewIfNeeded();
  await look(page, "account-organisations");
  await line.getByRole("button", { name: "Leave: Jacquard Looms" }).click();
  const dialog = page.getByRole("dialog", { name: "Hand Jacquard Looms over and leave?" });
  await expect(dialog).toContainText("Nobody else belongs to it who could own it.");
  await look(page, "account-leave");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await open(page, new URL(organisation).pathname, "Jacquard Looms");
  await deleteOrganisation(page, slug);
});
