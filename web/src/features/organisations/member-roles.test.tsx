import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { choose, done, KEEPER, member, members, refused, serve } from "./organisation.example";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("gives a member a role inside, and takes one away", async () => {
  const { ordered } = serve(KEEPER);
  await screen.findAllByText("Organisation owner");
  await choose("bob@example.org", "Give a role…");
  const dialog = within(await screen.findByRole("dialog"));
  const options = dialog.getAllByRole("option").map(({ textContent }) => textContent);
  expect(options).toEqual(["Choose one", "Organisation administrator", "Organisation owner", "Team lead"]);
  await userEvent.click(dialog.getByRole("button", { name: "Give" }));
  expect(await dialog.findByText("Choose one.")).toBeTruthy();
  await userEvent.selectOptions(dialog.getByLabelText("Role"), "organisation_admin");
  await userEvent.click(dialog.getByRole("button", { name: "Give" }));
  await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await choose("Ada Lovelace", "Take away Organisation owner…");
  await userEvent.click(within(await screen.findByRole("alertdialog")).getByRole("button", { name: "Take away" }));
  const members = "/api/v1/organisations/o1/members";
  await vi.waitFor(() =>
    expect(ordered).toEqual([
      [`PUT ${members}/bob/roles/organisation_admin`, null, {}],
      [`DELETE ${members}/ada/roles/organisation_owner`, null, null],
    ]),
  );
});

it("asks for the team of a role that is held for one, and takes it away for that alone", async () => {
  const answer = () =>
    refused(422, "validation", { errors: [{ field: "team_id", message: "no", code: "not_one_of" }] });
  let isRefused = true;
  const lead = { role: "team_lead", team_id: "t1", team_name: "Mill", expires_at: null };
  const leading = { ...member("old", "Old Program", []), roles: [lead] };
  const { ordered } = serve(KEEPER, () => (isRefused ? answer() : done()), {
    belonging: [...members.slice(0, 2), leading],
  });
  expect((await screen.findAllByText(/Team lead/))[0]?.textContent).toBe("Team lead · Mill");
  await choose("bob@example.org", "Give a role…");
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.selectOptions(dialog.getByLabelText("Role"), "organisation_admin");
  expect(dialog.queryByLabelText("Team")).toBeNull();
  await userEvent.selectOptions(dialog.getByLabelText("Role"), "team_lead");
  await userEvent.click(dialog.getByRole("button", { name: "Give" }));
  expect(await dialog.findByText("Choose one.")).toBeTruthy();
  expect(ordered).toEqual([]);
  await dialog.findByRole("option", { name: "Mill" });
  await userEvent.selectOptions(dialog.getByLabelText("Team"), "Mill");
  await userEvent.click(dialog.getByRole("button", { name: "Give" }));
  expect(await dialog.findByText("They are not in this team: put them in first.")).toBeTruthy();
  isRefused = false;
  await userEvent.click(dialog.getByRole("button", { name: "Give" }));
  await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await choose("Old Program", "Take away Team lead for Mill…");
  await userEvent.click(within(await screen.findByRole("alertdialog")).getByRole("button", { name: "Take away" }));
  const path = "/api/v1/organisations/o1/members";
  const given = [`PUT ${path}/bob/roles/team_lead`, null, { team_id: "t1" }];
  await vi.waitFor(() =>
    expect(ordered).toEqual([given, given, [`DELETE ${path}/old/roles/team_lead?team_id=t1`, null, null]]),
  );
});

it("says why a role stays where it is", async () => {
  const detail = "Somebody must own the organisation for good.";
  serve(KEEPER, () => refused(409, "conflict", { detail }));
  await screen.findAllByText("Organisation owner");
  await choose("Ada Lovelace", "Take away Organisation owner…");
  const question = within(await screen.findByRole("alertdialog"));
  await userEvent.click(question.getByRole("button", { name: "Take away" }));
  expect(await question.findByText(detail)).toBeTruthy();
});
