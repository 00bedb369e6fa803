import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { notify } from "@/lib/notify";
import { showPage } from "@/lib/show-page";
import { choose, done, isItself, KEEPER, menuOf, READER, refused, serve } from "./organisation.example";
import { OrganisationPage } from "./organisation-page";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("shows who belongs to it and what they hold inside, by the names to show", async () => {
  serve(KEEPER);
  expect(await screen.findByRole("heading", { level: 1, name: "Analytical Engines" })).toBeTruthy();
  expect(screen.getByText("Weaves algebra.")).toBeTruthy();
  expect(await screen.findAllByText("Organisation owner")).not.toEqual([]);
  const [, ada, bob, old] = within(screen.getByRole("table", { name: "Members" })).getAllByRole("row");
  const cells = (row: HTMLElement | undefined) =>
    within(row ?? document.body)
      .getAllByRole("cell")
      .map(({ textContent }) => textContent);
  // Whoever holds more is a member all the same.
  expect(cells(ada)[1]).toBe("Organisation owner");
  expect(cells(ada)[0]).toMatch(/^Ada Lovelaceada@example\.org/);
  expect(cells(bob)[0]).toMatch(/^bob@example\.org/);
  expect(cells(bob)[1]).toBe("Organisation member");
  expect(cells(old)[0]).toMatch(/^Old ProgramSuspendedService account/);
  expect(cells(old)[1]).toMatch(/^Organisation administrator · Ended: /);
  expect(
    within(ada ?? document.body)
      .getByRole("link")
      .getAttribute("href"),
  ).toBe("/users/ada");
});

it("offers nothing that its reader may not, and asks for nothing of it", async () => {
  const { read } = serve(READER);
  expect(await screen.findByText("Ada Lovelace")).toBeTruthy();
  // What roles inside are called whoever may see the organisation is told by it.
  expect(await screen.findAllByText("Organisation owner")).not.toEqual([]);
  expect(screen.getAllByRole("button").map((one) => one.getAttribute("aria-label"))).toEqual([
    "Copy: Name in addresses",
    "Copy: Id",
  ]);
  expect(screen.queryByRole("region", { name: "Audit log" })).toBeNull();
  expect(screen.queryByRole("link", { name: "Ada Lovelace" })).toBeNull();
  expect(screen.queryByRole("heading", { name: "Invitations" })).toBeNull();
  expect(read.filter((path) => /v1\/roles|invitations|audit/.test(path))).toEqual([]);
});

it("offers whoever acts for it what they hold inside, and nothing of the platform's", async () => {
  const inside = ["organisations.read", "organisations.write", "members.write", "teams.write", "audit.read"];
  const { ordered, read } = serve(["console.use"], done, {
    organisation: { id: "o1", name: "Engines", permissions: inside },
  });
  expect(await screen.findByRole("button", { name: "Edit…" })).toBeTruthy();
  expect(screen.getByRole("button", { name: "New team…" })).toBeTruthy();
  expect(screen.getByRole("button", { name: "Invite somebody…" })).toBeTruthy();
  expect(screen.getByRole("region", { name: "Audit log" })).toBeTruthy();
  for (const name of ["Delete…", "Add a member…"]) expect(screen.queryByRole("button", { name })).toBeNull();
  expect(screen.queryByRole("link", { name: "Show them among the users" })).toBeNull();
  await screen.findAllByText("Organisation owner");
  await choose("bob@example.org", "Give a role…");
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.selectOptions(dialog.getByLabelText("Role"), "organisation_admin");
  await userEvent.click(dialog.getByRole("button", { name: "Give" }));
  const order = ["PUT /api/v1/organisations/o1/members/bob/roles/organisation_admin", null, {}];
  await vi.waitFor(() => expect(ordered).toEqual([order]));
  expect(read).not.toContain("/api/v1/roles");
});

it("offers nothing to who acts for another one", async () => {
  const organisation = { id: "o2", name: "Looms", permissions: KEEPER };
  serve(READER, done, { organisation });
  expect(await screen.findByText("Ada Lovelace")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Edit…" })).toBeNull();
  expect(screen.queryByRole("button", { name: "Invite somebody…" })).toBeNull();
});

it("lets its id be copied", async () => {
  serve(READER);
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Copy: Id" }));
  expect(await navigator.clipboard.readText()).toBe("o1");
});

it("shows what the audit log has of it to who may read that, and leads on", async () => {
  const { read } = serve([...READER, "audit.read"]);
  const log = within(await screen.findByRole("region", { name: "Audit log" }));
  expect(await log.findByText("Changed an organisation")).toBeTruthy();
  expect(log.getByRole("link", { name: "Look into the audit log" }).getAttribute("href")).toBe(
    "/audit?organisation=o1",
  );
  expect(read).toContain("/api/v1/audit?organisation=o1");
});

it("is changed over the version that was seen, and says when somebody else was there first", async () => {
  const { ordered, read } = serve(KEEPER, () => refused(412, "precondition-failed"));
  await userEvent.click(await screen.findByRole("button", { name: "Edit…" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.clear(dialog.getByLabelText("What it is"));
  const before = read.filter(isItself).length;
  await userEvent.click(dialog.getByRole("button", { name: "Save" }));
  expect(await dialog.findByText("It was changed in the meantime")).toBeTruthy();
  expect(ordered).toEqual([["PATCH /api/v1/organisations/o1", '"3"', { description: null }]]);
  // What it was changed to is looked at.
  await vi.waitFor(() => expect(read.filter(isItself).length).toBeGreaterThan(before));
});

it("is deleted once its name in addresses was typed", async () => {
  const { ordered } = serve(KEEPER);
  await userEvent.click(await screen.findByRole("button", { name: "Delete…" }));
  const question = within(await screen.findByRole("alertdialog", { name: "Delete Analytical Engines?" }));
  expect(question.getByText(/its invitations are withdrawn/)).toBeTruthy();
  await userEvent.click(question.getByRole("button", { name: "Delete" }));
  expect(ordered).toEqual([]);
  await userEvent.type(question.getByRole("textbox"), "analytical-engines");
  await userEvent.click(question.getByRole("button", { name: "Delete" }));
  await vi.waitFor(() => expect(ordered).toEqual([["DELETE /api/v1/organisations/o1", '"3"', null]]));
});

it.each(["Ada Lovelace", "Old Program"])("is not handed over to %s, who owns it or cannot", async (name) => {
  serve(KEEPER);
  const menu = within(await menuOf(name));
  expect(menu.getByRole("menuitem", { name: "Remove…" })).toBeTruthy();
  expect(menu.queryByRole("menuitem", { name: "Make the owner…" })).toBeNull();
});

it("is handed over to a member", async () => {
  const { ordered } = serve(KEEPER);
  await choose("bob@example.org", "Make the owner…");
  const question = await screen.findByRole("alertdialog", {
    name: "Make bob@example.org the owner of Analytical Engines?",
  });
  const [now, afterwards] = await within(question).findAllByRole("definition");
  expect(now?.textContent).toBe("Ada Lovelace");
  expect(afterwards?.textContent).toBe("bob@example.org and Ada Lovelace");
  expect(within(question).getByText(/nothing is taken from anybody: whoever owns it now stays an owner/)).toBeTruthy();
  await userEvent.click(within(question).getByRole("button", { name: "Make the owner" }));
  const title = "bob@example.org owns Analytical Engines now";
  const told = { type: "success", title, description: "Still owners of it: Ada Lovelace" };
  await vi.waitFor(() => expect(vi.mocked(notify).mock.lastCall).toEqual([told]));
  const order = ["POST /api/v1/organisations/o1/transfer", null, { user_id: "bob" }];
  await vi.waitFor(() => expect(ordered).toEqual([order]));
});

it("is handed over by its owner, who stays as an administrator", async () => {
  serve(KEEPER, done, { user_id: "ada" });
  await choose("bob@example.org", "Make the owner…");
  const question = within(await screen.findByRole("alertdialog"));
  const [now, afterwards] = await question.findAllByRole("definition");
  expect([now?.textContent, afterwards?.textContent]).toEqual(["Ada Lovelace", "bob@example.org"]);
  expect(question.getByText("You stay as an administrator of it.")).toBeTruthy();
  await userEvent.click(question.getByRole("button", { name: "Make the owner" }));
  const title = "bob@example.org owns Analytical Engines now";
  await vi.waitFor(() => expect(vi.mocked(notify).mock.lastCall).toEqual([{ type: "success", title }]));
});

it("loses a member after a question", async () => {
  const { ordered } = serve(KEEPER);
  await choose("bob@example.org", "Remove…");
  const question = await screen.findByRole("alertdialog", { name: "Remove bob@example.org from Analytical Engines?" });
  expect(ordered).toEqual([]);
  await userEvent.click(within(question).getByRole("button", { name: "Remove" }));
  await vi.waitFor(() => expect(ordered).toEqual([["DELETE /api/v1/organisations/o1/members/bob", null, null]]));
});

it("takes whoever was found as a member", async () => {
  const { ordered } = serve(KEEPER);
  await userEvent.click(await screen.findByRole("button", { name: "Add a member…" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.click(dialog.getByRole("button", { name: "Add" }));
  expect(await dialog.findByText("Choose somebody who was found.")).toBeTruthy();
  await userEvent.type(dialog.getByLabelText("Who"), "grace");
  await userEvent.click(await dialog.findByRole("radio", { name: /Grace Hopper/ }));
  await userEvent.click(dialog.getByRole("button", { name: "Add" }));
  await vi.waitFor(() => expect(ordered).toEqual([["PUT /api/v1/organisations/o1/members/8", null, null]]));
});

it("finds by an id whoever has it", async () => {
  const { read } = serve(KEEPER);
  await userEvent.click(await screen.findByRole("button", { name: "Add a member…" }));
  const dialog = within(await screen.findByRole("dialog"));
  const id = "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42";
  await userEvent.type(dialog.getByLabelText("Who"), id);
  expect(await dialog.findByRole("radio")).toBeTruthy();
  expect(read).toContain(`/api/v1/users/${id}`);
});

it("is what people are invited to with roles inside, and invitations are withdrawn", async () => {
  const { ordered } = serve(KEEPER);
  const invited = await screen.findByRole("region", { name: "Invitations" });
  expect((await within(invited).findByRole("listitem")).textContent).toMatch(
    /eve@example\.org.*Organisation administrator · sent .*2030.* · until .*2130/,
  );
  await userEvent.click(screen.getByRole("button", { name: "Invite somebody…" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.type(dialog.getByLabelText("E-mail address"), " mary@example.org ");
  await userEvent.click(dialog.getByLabelText("Organisation administrator"));
  expect(dialog.queryByLabelText("Moderator")).toBeNull();
  await userEvent.click(dialog.getByRole("button", { name: "Invite" }));
  await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await userEvent.click(screen.getByRole("button", { name: "Withdraw: eve@example.org" }));
  await userEvent.click(within(await screen.findByRole("alertdialog")).getByRole("button", { name: "Withdraw" }));
  const body = { email: "mary@example.org", roles: ["organisation_admin"] };
  await vi.waitFor(() =>
    expect(ordered).toEqual([
      ["POST /api/v1/organisations/o1/invitations", null, body],
      ["DELETE /api/v1/organisations/o1/invitations/i1", null, null],
    ]),
  );
});

it("offers the list where there is no such organisation, for asking again never helps", async () => {
  vi.stubGlobal("fetch", async () => refused(404, "not-found"));
  showPage(OrganisationPage, "/_console/organisations_/$organisationId");
  expect(await screen.findByRole("heading", { name: "There is no such organisation" })).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
});
