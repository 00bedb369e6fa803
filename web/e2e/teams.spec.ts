import { randomUUID } from "node:crypto";
import { look } from "./fixtures/look.ts";
import { expectPage, open } from "./fixtures/moves.ts";
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

test("a role of a team is made, and held by who is in the team", async ({ page, platform, faults }) => {
  test.slow();
  faults.expect(/^422: PUT \/api\/v1\/organisations\/.*\/roles\/lead-/);
  const { email, display_name } = await registerActive(platform, "Grace Hopper");
  const role = `lead-${randomUUID().slice(0, 8)}`;
  await open(page, "/roles", "Roles");
  await page.getByRole("button", { name: "New role…" }).click();
  const making = page.getByRole("dialog", { name: "A new role" });
  await making.getByLabel("Name", { exact: true }).fill(role);
  await making.getByLabel("Where it is held").selectOption("For one's own things");
  await expect(making.getByText(/gives no power over others/)).toBeVisible();
  await making.getByLabel("Where it is held").selectOption("In a team");
  await look(page, "role-scope-team");
  await making.getByRole("button", { name: "Make the role" }).click();
  await expectPage(page, role);
  await expect(page.getByText("In a team").first()).toBeVisible();

  const slug = await makeOrganisation(page, "Counting Engines");
  await page.getByRole("button", { name: "Add a member…" }).click();
  const adding = page.getByRole("dialog", { name: "Add a member to Counting Engines" });
  await adding.getByLabel("Who").fill(email);
  await adding.getByRole("radio", { name: display_name }).check();
  await adding.getByRole("button", { name: "Add" }).click();
  await expect(adding).toBeHidden();
  await page.getByRole("region", { name: "Teams" }).getByRole("button", { name: "New team…" }).click();
  const team = page.getByRole("dialog", { name: "A new team of Counting Engines" });
  await team.getByLabel("Name").fill("Mill");
  await team.getByRole("button", { name: "Make the team" }).click();
  await expectPage(page, "Mill");
  const inTeam = page.url();
  await page.getByRole("link", { name: "Counting Engines" }).click();

  // Not in the team yet.
  const row = page.getByRole("table", { name: "Members" }).getByRole("row").filter({ hasText: email });
  const give = async () => {
    await row.getByRole("button", { name: `What can be done with ${display_name}` }).click();
    await page.getByRole("menuitem", { name: "Give a role…" }).click();
    const giving = page.getByRole("dialog", { name: `Give ${display_name} a role inside` });
    await giving.getByLabel("Role").selectOption(role);
    await giving.getByLabel("Team").selectOption("Mill");
    await giving.getByRole("button", { name: "Give" }).click();
    return giving;
  };
  const refused = await give();
  await expect(refused.getByText("They are not in this team: put them in first.")).toBeVisible();
  await look(page, "organisation-give-team-role");
  await page.keyboard.press("Escape");
  await page.goto(inTeam);
  await page.getByRole("button", { name: "Put members in…" }).click();
  const putting = page.getByRole("dialog", { name: "Put members into Mill" });
  await putting.getByRole("checkbox", { name: display_name }).check();
  await putting.getByRole("button", { name: "Add" }).click();
  await expect(putting).toBeHidden();
  await page.getByRole("link", { name: "Counting Engines" }).click();
  await expect(await give()).toBeHidden();
  await expect(row).toContainText(`${role} · Mill`);
  await look(page, "organisation-team-role");
  await row.getByRole("link", { name: display_name }).click();
  await expect(page.getByRole("region", { name: "Roles", exact: true })).toContainText(
    "for the team Mill of the organisation Counting Engines alone",
  );
  await look(page, "user-team-role");
  const user = page.url();
  await page.goto(`/roles/${role}`);
  await page.getByRole("checkbox", { name: /captured-mail\.read/ }).check();
  await page.getByRole("region", { name: "What is to be changed" }).getByRole("button", { name: "Save…" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("region", { name: "What is to be changed" })).toBeHidden();

  await page.goto(user);
  await page.getByRole("link", { name: "Check one of them" }).click();
  await page.getByLabel("May do", { exact: true }).selectOption("captured-mail.read");
  const answer = page.getByRole("region", { name: "The answer" });
  await expect(answer).toContainText("held for the team Mill alone");
  await look(page, "check-held-for-team");
  await expect(page.getByLabel("And there of the team")).toHaveCount(0);
  await page.getByLabel("On something of the organisation").selectOption("Counting Engines");
  await page.getByLabel("And there of the team").selectOption("Mill");
  await expect(answer).toContainText("may do captured-mail.read");
  await expect(answer).toContainText("On something of the team Mill of Counting Engines");
  await look(page, "check-team");
  // The question stands in the address.
  await page.reload();
  await expect(page.getByLabel("And there of the team")).toHaveValue(/.+/);
  await expect(answer).toContainText("On something of the team Mill of Counting Engines");
  await page.getByRole("region", { name: "The answer" }).getByRole("link", { name: "Counting Engines" }).click();
  await deleteOrganisation(page, slug);
});
