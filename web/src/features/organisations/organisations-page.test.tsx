import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { showPage } from "@/lib/show-page";
import { OrganisationsPage } from "./organisations-page";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const organisation = (id: string, name: string) => ({
  id,
  name,
  slug: name.toLowerCase().replaceAll(" ", "-"),
  description: null,
  created_at: "2030-01-01T12:00:00Z",
  updated_at: "2030-01-01T12:00:00Z",
  version: 1,
});
const all = [organisation("one", "Analytical Engines"), organisation("two", "Difference Engines")];

/** Answers as the server does to somebody with these permissions; gives what was searched for, and what was made. */
function serve(organisations: typeof all, permissions: string[], made: () => Response = () => Response.json(all[0])) {
  const searched: (string | null)[] = [];
  const created: unknown[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/console/session") return Response.json({ user_id: "1", permissions });
    if (request.method === "POST") {
      created.push([pathname, await request.json()]);
      return made();
    }
    const search = searchParams.get("search");
    const isNext = searchParams.get("cursor") !== null;
    if (!isNext) searched.push(search);
    const items = organisations.filter(({ name }) => name.startsWith(search ?? ""));
    return Response.json({
      items: items.slice(isNext ? 1 : 0, isNext ? 2 : 1),
      next_cursor: items[1] && !isNext ? "n" : null,
    });
  });
  showPage(OrganisationsPage, "/_console/organisations");
  return { searched, created };
}

it("lists them page by page, each as a link to its own page", async () => {
  serve(all, ["organisations.read"]);
  const first = await screen.findByRole("link", { name: "Analytical Engines" });
  expect(first.getAttribute("href")).toBe("/organisations/one");
  expect(screen.getAllByText("analytical-engines")).not.toEqual([]);
  expect(screen.queryByRole("link", { name: "Difference Engines" })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Load more" }));
  expect(await screen.findByRole("link", { name: "Difference Engines" })).toBeTruthy();
  expect(screen.queryByRole("button", { name: /New organisation/ })).toBeNull();
});

it("offers to make the first one to who may, and to nobody else", async () => {
  serve([], ["organisations.read", "organisations.create"]);
  const empty = (await screen.findByRole("heading", { name: "No organisations yet" })).parentElement;
  if (!empty) throw new Error("it stands in a box");
  expect(await within(empty).findByRole("button", { name: "New organisation…" })).toBeTruthy();
  cleanup();
  serve([], ["organisations.read"]);
  expect(await screen.findByRole("heading", { name: "No organisations yet" })).toBeTruthy();
  expect(screen.queryByRole("button", { name: "New organisation…" })).toBeNull();
});

it("makes one with what was typed, and says what is missing before it asks", async () => {
  const { created } = serve(all, ["organisations.read", "organisations.create"]);
  await userEvent.click(await screen.findByRole("button", { name: "New organisation…" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.click(dialog.getByRole("button", { name: "Make the organisation" }));
  expect(await dialog.findByText("The name is missing.")).toBeTruthy();
  expect(created).toEqual([]);
  await userEvent.type(dialog.getByLabelText("Name"), " Analytical Engines ");
  await userEvent.type(dialog.getByLabelText("What it is"), "Weaves algebra.");
  await userEvent.click(dialog.getByRole("button", { name: "Make the organisation" }));
  const body = { name: "Analytical Engines", description: "Weaves algebra." };
  await vi.waitFor(() => expect(created).toEqual([["/api/v1/organisations", body]]));
  await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

it("says at its field that a name in addresses is taken", async () => {
  const problem = {
    type: "urn:orion:problem:conflict",
    title: "Conflict",
    status: 409,
    errors: [{ field: "slug", code: "taken", message: "is another organisation's" }],
  };
  const headers = { "content-type": "application/problem+json" };
  serve(all, ["organisations.create"], () => new Response(JSON.stringify(problem), { status: 409, headers }));
  await userEvent.click(await screen.findByRole("button", { name: "New organisation…" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.type(dialog.getByLabelText("Name"), "Engines");
  await userEvent.type(dialog.getByLabelText("Name in addresses"), "engines");
  await userEvent.click(dialog.getByRole("button", { name: "Make the organisation" }));
  expect(await dialog.findByText("Another organisation is called so in addresses.")).toBeTruthy();
});

it("searches by how names begin, and can forget that", async () => {
  const { searched } = serve(all, ["organisations.read"]);
  await userEvent.type(await screen.findByRole("searchbox", { name: "Search organisations" }), "Nobody{Enter}");
  expect(await screen.findByRole("heading", { name: "No organisation matches" })).toBeTruthy();
  expect(searched.at(-1)).toBe("Nobody");
  const clear = screen.getAllByRole("button", { name: "Clear the search" }).at(-1);
  if (clear) await userEvent.click(clear);
  expect(await screen.findByRole("link", { name: "Analytical Engines" })).toBeTruthy();
});
