import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { fetchParts } from "@/lib/lazy-part";
import { notify } from "@/lib/notify";
import { showPage } from "@/lib/show-page";
import { ActForButton, ActingForLine, OrganisationButton } from "./organisation-button";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
beforeAll(() => fetchParts());
afterEach(() => {
  cleanup();
  vi.mocked(notify).mockClear();
  vi.unstubAllGlobals();
});

const engines = { id: "o1", name: "Analytical Engines" };
const looms = { id: "o2", name: "Looms" };
const own = { user_id: "1", email: "bob@example.org", display_name: "Bob", permissions: ["console.use"] };
const inside = ["organisations.read", "members.write"];

interface Served {
  organisations?: object[];
  organisation?: object | null;
  acting?: object;
  refused?: boolean;
}

/** Answers as the server does; gives what was asked. */
function serve({ organisations = [engines, looms], organisation = null, acting, refused }: Served) {
  const ordered: unknown[] = [];
  const read: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (request.method === "GET") read.push(pathname);
    if (pathname === "/console/session") return Response.json({ ...own, organisation, acting });
    if (pathname === "/console/session/organisation") {
      const { organisation_id: id } = await request.json();
      ordered.push(id);
      const headers = { "content-type": "application/problem+json" };
      const problem = { type: "urn:orion:problem:not-found", title: "Not found", status: 404 };
      if (refused) return new Response(JSON.stringify(problem), { status: 404, headers });
      const name = [engines, looms].find((one) => one.id === id)?.name;
      return Response.json({ ...own, organisation: id && { id, name, permissions: inside } });
    }
    return Response.json({ items: organisations.map((one) => ({ organisation: one, roles: [], joined_at: "x" })) });
  });
  showPage(
    () => (
      <>
        <OrganisationButton />
        <ActingForLine />
        <ActForButton />
      </>
    ),
    // Whither it leads.
    "/organisations/$organisationId",
  );
  return { ordered, read };
}

const openMenu = async (name: string) => {
  await userEvent.click(await screen.findByRole("button", { name }));
  return screen.findByRole("menu", { name: "Act for an organisation" });
};
const chosen = (menu: HTMLElement) =>
  within(menu)
    .getAllByRole("menuitemradio")
    .map((item) => [item.textContent, item.getAttribute("aria-checked")]);

it("lists one's organisations beside none, and acts for the one that is chosen", async () => {
  const { ordered, read } = serve({});
  const menu = await openMenu("Act for an organisation");
  expect(chosen(menu)).toEqual([
    ["None", "true"],
    ["Analytical Engines", "false"],
    ["Looms", "false"],
  ]);
  const before = read.length;
  await userEvent.click(within(menu).getByRole("menuitemradio", { name: "Looms" }));
  await vi.waitFor(() => expect(ordered).toEqual(["o2"]));
  const button = await screen.findByRole("button", { name: "Looms: the organisation for which you act" });
  expect(button.textContent).toBe("Looms");
  expect(screen.getByText(/^You act for/).textContent).toBe("You act for Looms");
  expect(notify).toHaveBeenCalledWith({ type: "success", title: "You act for Looms now" });
  // What was read before is read anew.
  await vi.waitFor(() => expect(read.slice(before)).toContain("/api/v1/users/me/organisations"));
});

it("goes on for none", async () => {
  const { ordered } = serve({ organisation: { ...looms, permissions: inside } });
  const menu = await openMenu("Looms: the organisation for which you act");
  expect(chosen(menu)[2]).toEqual(["Looms", "true"]);
  await userEvent.click(within(menu).getByRole("menuitemradio", { name: "None" }));
  await screen.findByRole("button", { name: "Act for an organisation" });
  expect(ordered).toEqual([null]);
  expect(screen.queryByText(/^You act for/)).toBeNull();
});

it("is worked by keys alone", async () => {
  const { ordered } = serve({});
  (await screen.findByRole("button", { name: "Act for an organisation" })).focus();
  await userEvent.keyboard("{ArrowDown}");
  await screen.findByRole("menu", { name: "Act for an organisation" });
  await vi.waitFor(() => expect(document.activeElement?.closest("[role=menu]")).toBeTruthy());
  await userEvent.keyboard("{ArrowDown}");
  await vi.waitFor(() => expect(document.activeElement?.textContent).toBe("None"));
  await userEvent.keyboard("{ArrowDown}");
  await vi.waitFor(() => expect(document.activeElement?.textContent).toBe("Analytical Engines"));
  await userEvent.keyboard("{Enter}");
  await vi.waitFor(() => expect(ordered).toEqual(["o1"]));
});

it("is not there for who belongs to none", async () => {
  const { read } = serve({ organisations: [] });
  await vi.waitFor(() => expect(read).toContain("/api/v1/users/me/organisations"));
  expect(screen.queryByRole("button")).toBeNull();
});

it("says why nothing can be chosen while one acts as somebody else", async () => {
  const { ordered } = serve({ acting: { user_id: "2", email: "ada@example.org", reason: "Ticket" } });
  const menu = await openMenu("Act for an organisation");
  const reason = "While you act as Bob you act for no organisation. Stop that first.";
  expect(within(menu).getByText(/^While you act/).textContent).toBe(reason);
  for (const item of within(menu).getAllByRole("menuitemradio")) {
    expect(item.getAttribute("aria-disabled")).toBe("true");
  }
  await userEvent.click(within(menu).getByRole("menuitemradio", { name: "Looms" }));
  expect(ordered).toEqual([]);
});

it("says that it could not be done, and looks to what one still belongs", async () => {
  const { read } = serve({ refused: true });
  const menu = await openMenu("Act for an organisation");
  const before = read.length;
  await userEvent.click(within(menu).getByRole("menuitemradio", { name: "Looms" }));
  await vi.waitFor(() => expect(notify).toHaveBeenCalledWith(expect.objectContaining({ type: "error" })));
  await vi.waitFor(() => expect(read.slice(before)).toContain("/api/v1/users/me/organisations"));
  expect(read.slice(before)).toContain("/console/session");
});

it("is offered with words where a page is refused, to who acts for nobody", async () => {
  const { ordered } = serve({});
  await userEvent.click(await screen.findByRole("button", { name: "Act for one of your organisations" }));
  const menu = await screen.findByRole("menu", { name: "Act for an organisation" });
  await userEvent.click(within(menu).getByRole("menuitemradio", { name: "Looms" }));
  await vi.waitFor(() => expect(ordered).toEqual(["o2"]));
  await vi.waitFor(() =>
    expect(screen.queryByRole("button", { name: "Act for one of your organisations" })).toBeNull(),
  );
});
