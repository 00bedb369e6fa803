import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, it, vi } from "vitest";
import { showPage } from "@/lib/show-page";
import type { UserFilter } from "./user-filter";
import { UserFilters } from "./user-filters";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const ID = "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42";
const OTHER = "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b43";
const all = [
  { id: ID, name: "Analytical Engines", slug: "analytical-engines" },
  { id: OTHER, name: "Analytical Looms", slug: "analytical-looms-2" },
];

/** Shows the filters to somebody, as the server answers; gives what was chosen, and what was searched for. */
function show(begin: UserFilter = {}, permissions = ["organisations.read"]) {
  const chosen: UserFilter[] = [];
  const searched: (string | null)[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/console/session") return Response.json({ user_id: "1", permissions });
    if (pathname === "/api/v1/roles") return Response.json({ items: [], next_cursor: null });
    const search = searchParams.get("search");
    if (pathname !== "/api/v1/organisations") return Response.json(all.find(({ id }) => pathname.endsWith(id)));
    searched.push(search);
    const sought = (search ?? "").toLowerCase();
    const items = all.filter(({ name, slug }) => name.toLowerCase().startsWith(sought) || slug === sought);
    return Response.json({ items, next_cursor: null });
  });
  function Page() {
    const [filter, setFilter] = useState(begin);
    const onChange = (changed: UserFilter) => {
      chosen.push(changed);
      setFilter({ ...filter, ...changed });
    };
    return <UserFilters filter={filter} onChange={onChange} />;
  }
  showPage(Page, "/users");
  return { chosen, searched };
}

const field = () => screen.findByLabelText("Organisation");

it.each(["Analytical Looms", "analytical l", "analytical-looms-2", OTHER])("finds one by %s", async (typed) => {
  const { chosen } = show();
  await userEvent.type(await field(), `${typed}{Enter}`);
  await vi.waitFor(() => expect(chosen).toEqual([{ organisation: OTHER }]));
});

it.each(["analytical", "nothing"])("says that %s is not one alone, and asks for nothing", async (typed) => {
  const { chosen } = show();
  await userEvent.type(await field(), `${typed}{Enter}`);
  expect(await screen.findByText("Not one organisation alone is called so.")).toBeTruthy();
  expect(chosen).toEqual([]);
});

it("stands as a chip by its name, which takes it back", async () => {
  const { chosen } = show({ organisation: ID });
  await userEvent.click(await screen.findByRole("button", { name: "Take back: Organisation: Analytical Engines" }));
  expect(chosen).toEqual([{ organisation: undefined }]);
});

it("is not offered to who may not see organisations, and stands as an id where an address says it", async () => {
  const { searched } = show({ organisation: ID }, []);
  expect(await screen.findByRole("button", { name: `Take back: Organisation: ${ID}` })).toBeTruthy();
  expect(screen.queryByLabelText("Organisation")).toBeNull();
  expect(searched).toEqual([]);
});
