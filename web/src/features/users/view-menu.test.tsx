import { cleanup, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { notify } from "@/lib/notify";
import { showPage } from "@/lib/show-page";
import type { UserFilter } from "./user-filter";
import { ViewMenu } from "./view-menu";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  vi.mocked(notify).mockClear();
});

type Views = Record<string, object | null>;

/** Answers as the server does, with what is kept there; gives what was ordered, by version. */
function serve(views: Views, session: object = {}) {
  const kept = { version: 3, views: { ...views } };
  const ordered: [string | null, unknown][] = [];
  const shown = () => ({
    version: kept.version,
    display: {},
    custom: { start_page: "boards", console: { user_views: kept.views } },
  });
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/console/session") return Response.json({ user_id: "1", permissions: [], ...session });
    if (request.method !== "PATCH") return Response.json(shown());
    const seen = request.headers.get("if-match");
    const { custom } = await request.json();
    ordered.push([seen, custom.console.user_views]);
    if (seen !== `"${kept.version}"`) return new Response(null, { status: 412 });
    kept.version += 1;
    for (const [id, view] of Object.entries(custom.console.user_views as Views)) {
      if (view === null) delete kept.views[id];
      else kept.views[id] = { ...kept.views[id], ...view };
    }
    return Response.json(shown());
  });
  return { kept, ordered };
}

function show(filter: UserFilter) {
  const onChoose = vi.fn();
  showPage(() => <ViewMenu filter={filter} onChoose={onChoose} />, "/users");
  return onChoose;
}

const open = async () => userEvent.click(await screen.findByRole("button", { name: /^View:/ }));
const STAFF = { name: "Staff", query: "role=admin&sort=name" };

it("shows the chosen view, and goes to another one and back to everybody", async () => {
  serve({ a: STAFF, b: { name: "Away", query: "status=inactive" } });
  const onChoose = show({ role: "admin", sort: "name" });
  expect((await screen.findByRole("button", { name: /^View/ })).textContent).toBe("View: Staff");
  await open();
  expect(screen.getByRole("menuitemradio", { name: "Staff" }).getAttribute("aria-checked")).toBe("true");
  await userEvent.click(screen.getByRole("menuitemradio", { name: "Away" }));
  expect(onChoose.mock.lastCall?.[0]).toMatchObject({ status: "inactive", role: undefined, sort: undefined });
  await open();
  await userEvent.click(await screen.findByRole("menuitemradio", { name: "Everybody" }));
  expect(onChoose.mock.lastCall?.[0]).toMatchObject({ status: undefined, role: undefined, sort: undefined });
});

it("saves what is shown beside what another tab has saved meanwhile", async () => {
  const { kept, ordered } = serve({ a: STAFF });
  show({ status: "suspended" });
  await open();
  // Another tab.
  kept.version = 4;
  kept.views.b = { name: "Away", query: "status=inactive", is_default: true };
  await userEvent.click(await screen.findByRole("menuitem", { name: "Save as a view…" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.click(dialog.getByRole("button", { name: "Save" }));
  expect(await dialog.findByText("A name of 60 letters at most.")).toBeTruthy();
  expect(ordered).toEqual([]);
  await userEvent.type(dialog.getByLabelText("Name"), "To look at");
  await userEvent.click(dialog.getByLabelText("The list begins with it"));
  await userEvent.click(dialog.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(notify).toHaveBeenCalledWith({ type: "success", title: "The view is saved" }));
  expect(ordered.map(([seen]) => seen)).toEqual(['"3"', '"4"']);
  const saved = { name: "To look at", query: "status=suspended", is_default: true };
  expect(Object.values(kept.views)).toEqual([
    STAFF,
    { name: "Away", query: "status=inactive", is_default: null },
    saved,
  ]);
  expect((await screen.findByRole("button", { name: /^View/ })).textContent).toBe("View: To look at");
});

it("renames a view, and deletes it after a question", async () => {
  const { kept } = serve({ a: STAFF });
  show({ role: "admin", sort: "name" });
  await open();
  await userEvent.click(await screen.findByRole("menuitem", { name: "Change this view…" }));
  const name = within(await screen.findByRole("dialog")).getByLabelText("Name");
  await userEvent.clear(name);
  await userEvent.type(name, "Colleagues{Enter}");
  await waitFor(() => expect(kept.views.a).toMatchObject({ name: "Colleagues", query: "role=admin&sort=name" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await open();
  await userEvent.click(await screen.findByRole("menuitem", { name: "Delete this view…" }));
  await userEvent.click(within(await screen.findByRole("alertdialog")).getByRole("button", { name: "Delete" }));
  await waitFor(() => expect(kept.views).toEqual({}));
});

it("begins with the default, but where the address asks for something", async () => {
  const views = { a: { ...STAFF, is_default: true } };
  serve(views);
  const onChoose = show({});
  await waitFor(() => expect(onChoose).toHaveBeenCalledOnce());
  expect(onChoose.mock.lastCall?.[0]).toMatchObject({ role: "admin", sort: "name" });
  cleanup();
  serve(views);
  const other = show({ search: "ada" });
  await screen.findByRole("button", { name: /^View/ });
  expect(other).not.toHaveBeenCalled();
});

it("is not there while somebody is acted as: the views are theirs", async () => {
  serve({ a: { ...STAFF, is_default: true } }, { acting: { user_id: "9" } });
  const onChoose = show({});
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(screen.queryByRole("button")).toBeNull();
  expect(onChoose).not.toHaveBeenCalled();
});
