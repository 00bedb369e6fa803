import { act, cleanup, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { contact } from "@/api/contact";
import { fetchParts } from "@/lib/lazy-part";
import { showPage } from "@/lib/show-page";
import { isUnsaved } from "@/parts/drafts/drafts";
import { forgetDraftsBut, keepDrafts } from "@/parts/drafts/kept-drafts";
import { LeaveGuard } from "@/parts/drafts/leave-guard";
import { ExampleServer, FILTER, refusal, TOKEN } from "./settings.example";
import { SettingsPage } from "./settings-page";

beforeAll(fetchParts);
afterEach(() => {
  cleanup();
  forgetDraftsBut(null);
  contact.heard();
  vi.useRealTimers();
});

async function show(server: ExampleServer, search = "") {
  vi.stubGlobal("fetch", server.fetch);
  const Page = () => (
    <>
      <SettingsPage />
      <LeaveGuard />
    </>
  );
  showPage(Page, `/_console/settings${search}`);
  await screen.findByRole("tab", { name: "History" });
}
const rowOf = (key: string) => {
  const row = screen.getByText(key, { selector: "code" }).closest("li");
  if (!row) throw new Error(`no row of ${key}`);
  return row;
};
const press = async (name: string | RegExp) => userEvent.click(await screen.findByRole("button", { name }));
const field = () => screen.getByRole<HTMLInputElement>("textbox", { name: "Access token" });
const type = async (text: string) => {
  await userEvent.clear(field());
  if (text) await userEvent.type(field(), text);
};
/** Opens the form of the access token. */
const change = async (text: string) => {
  await press("Change Access token");
  await type(text);
};

it("shows each setting with its value, bounds, start, and who changed it by name", async () => {
  await show(new ExampleServer());
  const row = rowOf(TOKEN.key);
  expect(row.textContent).toContain("120 seconds");
  expect(row.textContent).toContain("At the start: 300 seconds");
  expect(row.textContent).toContain("1 to 3,600");
  expect((await within(row).findByRole("link", { name: "Grace" })).getAttribute("href")).toBe("/users/u1");
  expect(row.textContent).toContain("Changed by Grace");
  expect(rowOf(FILTER.key).textContent).not.toContain("Changed");
});

it("sends the value, the version that was seen, and the reason; then shows what the server says", async () => {
  const server = new ExampleServer();
  await show(server);
  await change("60");
  await userEvent.type(screen.getByRole("textbox", { name: "Reason" }), " an incident ");
  await press("Save");
  await waitFor(() => expect(rowOf(TOKEN.key).textContent).toContain("60 seconds"));
  expect(server.sent).toEqual([{ method: "PUT", ifMatch: '"7"', body: { value: 60, reason: "an incident" } }]);
  expect(screen.queryByRole("textbox", { name: "Access token" })).toBeNull();
});

it("tells the bounds at the field before anything is sent", async () => {
  const server = new ExampleServer();
  await show(server);
  await change("3601");
  await press("Save");
  expect(await screen.findByText("At most 3,600.")).toBeTruthy();
  await type("");
  expect(await screen.findByText("Fill this in.")).toBeTruthy();
  expect(server.sent).toEqual([]);
});

it("keeps what was typed when the server refuses it, and says why at the field", async () => {
  const server = new ExampleServer(undefined, ({ method }) =>
    method === "PUT"
      ? refusal(422, "validation", [{ field: "value", message: "does not go with another" }])
      : undefined,
  );
  await show(server);
  await change("61");
  await press("Save");
  expect(await screen.findByText("does not go with another")).toBeTruthy();
  expect([field().value, field().getAttribute("aria-invalid")]).toEqual(["61", "true"]);
  expect(screen.queryByText("Some fields are not valid")).toBeNull();
});

it("shows what somebody else has made of it, and lets one go on with what was typed", async () => {
  const server = new ExampleServer();
  await show(server);
  await change("60");
  server.becomes(TOKEN.key, { value: 200 });
  await press("Save");
  const notice = await screen.findByText(/has changed this while you were at it/);
  expect(notice).toBeTruthy();
  const both = screen.getByRole("region", { name: "What it is now, and what you typed" });
  expect(both.textContent).toContain("200 seconds");
  expect(both.textContent).toContain("60 seconds");
  expect(field().value).toBe("60");
  await press("Go on with mine");
  expect(field().value).toBe("60");
  expect(document.activeElement).toBe(field());
  await press("Save");
  await waitFor(() => expect(rowOf(TOKEN.key).textContent).toContain("60 seconds"));
  expect(server.sent.map(({ ifMatch }) => ifMatch)).toEqual(['"7"', '"8"']);
});

it("never sends over a change that came while somebody typed, also when the list brought it", async () => {
  const server = new ExampleServer();
  await show(server);
  await change("60");
  server.becomes(TOKEN.key, { value: 200 });
  // Another setting is saved, which asks for the list anew.
  await press("Change Filter");
  await userEvent.type(screen.getByRole("textbox", { name: "Filter" }), ",orion_auth=debug");
  await userEvent.type(screen.getByRole("textbox", { name: "Filter" }), "{Enter}");
  expect(await screen.findByText(/has changed this while you were at it/)).toBeTruthy();
  await press("Save");
  await waitFor(() => expect(server.sent.map(({ ifMatch }) => ifMatch)).toEqual(['"0"', '"7"']));
  expect(rowOf(TOKEN.key).textContent).toContain("200 seconds");
  await press("Take what it is now");
  expect(field().value).toBe("200");
});

it("asks before a change is taken back, and once more where somebody else was faster", async () => {
  const server = new ExampleServer();
  await show(server);
  await press("Take back: Access token");
  const dialog = await screen.findByRole("alertdialog");
  expect(dialog.textContent).toContain("It is 120 seconds now");
  await userEvent.type(within(dialog).getByRole("textbox", { name: "Reason" }), " it is over ");
  server.becomes(TOKEN.key, { value: 200 });
  await userEvent.click(within(dialog).getByRole("button", { name: "Take back" }));
  expect(await within(dialog).findByText("200 seconds")).toBeTruthy();
  expect(within(dialog).getByRole("alert").textContent).toContain("It was changed in the meantime");
  await userEvent.click(within(dialog).getByRole("button", { name: "Take back" }));
  await waitFor(() => expect(rowOf(TOKEN.key).textContent).toContain("300 seconds"));
  expect(server.sent.map(({ method, ifMatch }) => [method, ifMatch])).toEqual([
    ["DELETE", '"7"'],
    ["DELETE", '"8"'],
  ]);
  const deletes = server.asked.filter(({ method }) => method === "DELETE");
  expect(deletes.map(({ query }) => new URLSearchParams(query).get("reason"))).toEqual(["it is over", "it is over"]);
});

it("is to be read only without settings.write, and says so", async () => {
  await show(new ExampleServer(["settings.read"]), `?setting=${TOKEN.key}`);
  expect(screen.getByText("settings.write")).toBeTruthy();
  // Who it is comes a moment later.
  await expect(screen.findByRole("button", { name: /Change|Take back/ }, { timeout: 500 })).rejects.toThrow();
  expect(screen.queryByRole("form")).toBeNull();
  // Without users.read nobody is asked who it was.
  expect(rowOf(TOKEN.key).textContent).toContain("Changed by u1");
});

it("opens the setting of the address, and says when there is none", async () => {
  await show(new ExampleServer(), `?setting=${TOKEN.key}`);
  expect(await screen.findByRole("form", { name: "Change Access token" })).toBeTruthy();
  cleanup();
  await show(new ExampleServer(), "?setting=no.such");
  expect(screen.getByRole("alert").textContent).toContain("There is no setting no.such");
});

it("hides what a search does not find, but not what is being changed", async () => {
  await show(new ExampleServer());
  await change("60");
  await userEvent.type(screen.getByRole("searchbox", { name: "Search settings" }), "tracing{Enter}");
  await waitFor(() => expect(screen.getByRole("heading", { name: "Filter" })).toBeTruthy());
  expect(field().value).toBe("60");
  await press("Close: Access token");
  await press("Leave");
  await waitFor(() => expect(screen.queryByRole("heading", { name: "Access token" })).toBeNull());
});

const question = () => screen.findByRole("alertdialog", { name: "Leave without saving?" });

it("asks before a form is closed with what was typed, and only then", async () => {
  await show(new ExampleServer());
  await change("60");
  await press("Change Filter");
  await press("Close: Filter");
  expect(screen.queryByRole("textbox", { name: "Filter" })).toBeNull();
  await press("Close: Access token");
  await question();
  await press("Cancel");
  await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
  expect(field().value).toBe("60");
  await press("Discard");
  await press("Close: Access token");
  expect(screen.queryByRole("textbox", { name: "Access token" })).toBeNull();
});

it("asks before a reason is lost as well", async () => {
  await show(new ExampleServer());
  await press("Change Access token");
  await userEvent.type(screen.getByRole("textbox", { name: "Reason" }), "an incident");
  await press("Close: Access token");
  await question();
  await press("Cancel");
  await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
  expect(screen.getByRole<HTMLInputElement>("textbox", { name: "Reason" }).value).toBe("an incident");
  expect(isUnsaved()).toBe(true);
  await type("60");
  await press("Discard");
  expect(screen.getByRole<HTMLInputElement>("textbox", { name: "Reason" }).value).toBe("");
  expect(isUnsaved()).toBe(false);
});

/** The session ends, and somebody signs in again. */
async function signInAgain(server: ExampleServer, user: string) {
  keepDrafts("u1");
  cleanup();
  forgetDraftsBut(user);
  await show(server);
}

it("has what was typed when the session ended, for the same user, once", async () => {
  const server = new ExampleServer();
  await show(server);
  await change("60");
  await userEvent.type(screen.getByRole("textbox", { name: "Reason" }), "an incident");
  await press("Change Filter");
  await userEvent.type(screen.getByRole("textbox", { name: "Filter" }), ",orion_auth=debug");
  await signInAgain(server, "u1");
  expect((await screen.findByRole<HTMLInputElement>("textbox", { name: "Access token" })).value).toBe("60");
  expect(screen.getByRole<HTMLInputElement>("textbox", { name: "Filter" }).value).toBe("info,orion_auth=debug");
  await press("Close: Filter");
  await press("Leave");
  await press("Save");
  await waitFor(() =>
    expect(server.sent).toEqual([{ method: "PUT", ifMatch: '"7"', body: { value: 60, reason: "an incident" } }]),
  );
  await signInAgain(server, "u1");
  expect(screen.queryByRole("form")).toBeNull();
});

it("has a reason again that was typed before its value", async () => {
  const server = new ExampleServer();
  await show(server);
  await press("Change Access token");
  await userEvent.type(screen.getByRole("textbox", { name: "Reason" }), "an incident");
  await signInAgain(server, "u1");
  expect((await screen.findByRole<HTMLInputElement>("textbox", { name: "Reason" })).value).toBe("an incident");
});

it("shows nobody else what was typed", async () => {
  const server = new ExampleServer();
  await show(server);
  await change("60");
  await signInAgain(server, "u2");
  await press("Change Access token");
  expect(field().value).toBe("120");
});

it("tells who was faster while nobody was signed in, and keeps what was typed", async () => {
  const server = new ExampleServer();
  await show(server);
  await change("60");
  server.becomes(TOKEN.key, { value: 200 });
  await signInAgain(server, "u1");
  expect(await screen.findByText(/has changed this while you were at it/)).toBeTruthy();
  expect(field().value).toBe("60");
});

it("asks for the history of one setting, and fills the form with a value of before", async () => {
  const server = new ExampleServer();
  await show(server, `?view=history&key=${TOKEN.key}`);
  expect(await screen.findByText("an incident")).toBeTruthy();
  expect(screen.getByText("auth.access_token_seconds: 90 seconds → 120 seconds")).toBeTruthy();
  expect(server.asked.some(({ query }) => query.includes(`key=${TOKEN.key}`))).toBe(true);
  await press(`Put back: 90 seconds (${TOKEN.key})`);
  expect((await screen.findByRole<HTMLInputElement>("textbox", { name: "Access token" })).value).toBe("90");
  expect(server.sent, "only filled in").toEqual([]);
  await press("Save");
  await waitFor(() => expect(server.sent).toEqual([{ method: "PUT", ifMatch: '"7"', body: { value: 90 } }]));
});

it("asks again by itself until every instance has applied it, and then no more", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const server = new ExampleServer();
  server.list.instances = [
    { instance: "i1", service: "auth", version: 7, refused: [] },
    { instance: "i2", service: "users", version: 6, refused: [] },
  ];
  await show(server);
  expect(screen.getByText("1 of 2 instances have version 7.")).toBeTruthy();
  server.list.instances = server.list.instances.map((one) => ({ ...one, version: 7 }));
  await act(() => vi.advanceTimersByTimeAsync(1_100));
  expect(screen.getByText("All 2 instances have version 7 of the settings.")).toBeTruthy();
  const count = server.asked.length;
  await act(() => vi.advanceTimersByTimeAsync(60_000));
  expect(server.asked).toHaveLength(count);
});

it("gives up asking after two minutes, says so, and asks again when somebody wants it", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const server = new ExampleServer();
  server.list.instances = [{ instance: "i2", service: "users", version: 6, refused: [] }];
  await show(server);
  await act(() => vi.advanceTimersByTimeAsync(130_000));
  expect(screen.getByText(/have not come as far within two minutes/)).toBeTruthy();
  const count = server.asked.length;
  await act(() => vi.advanceTimersByTimeAsync(60_000));
  expect(server.asked).toHaveLength(count);
  server.list.instances = [{ instance: "i2", service: "users", version: 7, refused: [] }];
  await press("Ask again");
  expect(await screen.findByText("The one instance has version 7 of the settings.")).toBeTruthy();
});

it("claims nothing of the instances while the server is lost", async () => {
  await show(new ExampleServer());
  act(() => contact.missed());
  expect(screen.getByText("What the instances have applied is not known.")).toBeTruthy();
  act(() => contact.heard());
  expect(screen.getByText("The one instance has version 7 of the settings.")).toBeTruthy();
});

it("says loudly what an instance could not apply", async () => {
  const server = new ExampleServer();
  server.list.instances = [{ instance: "i1", service: "auth", version: 7, refused: ["auth.x: must be from 8 to 64"] }];
  await show(server);
  expect(screen.getByRole("alert").textContent).toContain("Auth: auth.x: must be from 8 to 64");
});
