import { look } from "./fixtures/look.ts";
import { expectPage } from "./fixtures/moves.ts";
import { deleteOrganisation, makeOrganisation, registerActive } from "./fixtures/organisations.ts";
import { expect, test } from "./fixtures/test.ts";

test("a team is made, given members of the organisation, renamed and deleted", async ({ page, platform, faults }) => {
  test.slow();
  const { email, display_name } = await registerActive(platform, "Mary Somerville");
  const slug = await makeOrganisation(page, "Weaving Engines");
  const address = page.url();
  await page.getByRole("button", { name: "Add a member…" }).click();
  const member = page.getByRole("dialog", { name: "Add a member to Weaving Engines" });
  await member.getByLabel("Who").fill(email);
  await member.getByRole("radio", { name: display_name }).check();
  await member.getByRole("button", { name: "Add" }).click();
  await expect(member).toBeHidden();

  const teams = page.getByRole("region", { name: "Teams" });
  await expect(teams.getByText("No teams yet.")).toBeVisible();
  await teams.getByRole("button", { name: "New team…" }).click();
  const making = page.getByRole("dialog", { name: "A new team of Weaving Engines" });
  await making.getByLabel("Name").fill("Mill");
  await making.getByLabel("What it does").fill("Looks after the mill.");
  await look(page, "team-new");
  await making.getByRole("button", { name: "Make the team" }).click();
  await expectPage(page, "Mill");
  await expect(page.getByText("Nobody is in it yet.")).toBeVisible();
  await look(page, "team-empty");

  await page.getByRole("button", { name: "Put members in…" }).click();
  const adding = page.getByRole("dialog", { name: "Put members into Mill" });
  await adding.getByLabel("Who").fill("mary");
  await adding.getByRole("checkbox", { name: display_name }).check();
  await look(page, "team-add-members");
  await adding.getByRole("button", { name: "Add" }).click();
  await expect(adding).toBeHidden();
  const line = page.getByRole("listitem").filter({ hasText: email });
  await expect(line).toBeVisible();
  await look(page, "team");

  await page.getByRole("button", { name: "Edit…" }).click();
  const editing = page.getByRole("dialog", { name: "The team Mill" });
  await editing.getByLabel("Name").fill("Store");
  await editing.getByRole("button", { name: "Save" }).click();
  await expectPage(page, "Store");
  await page.getByRole("link", { name: "Weaving Engines" }).click();
  await expectPage(page, "Weaving Engines");
  await teams.scrollIntoViewIfNeeded();
  await look(page, "organisation-teams");
  await teams.getByRole("link", { name: "Store" }).click();

  await line.getByRole("button", { name: `Take out: ${display_name}` }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Take out" }).click();
  await expect(line).toHaveCount(0);
  const gone = page.url();
  await page.getByRole("button", { name: "Delete…" }).click();
  await look(page, "team-delete");
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await expectPage(page, "Weaving Engines");
  await expect(page).toHaveURL(address);
  await expect(teams.getByText("No teams yet.")).toBeVisible();
  await deleteOrganisation(page, slug);
  faults.expect(/^404: GET \/api\/v1\/organisations\//);
  await page.goto(gone);
  await expectPage(page, "There is no such team");
});
