import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { notify } from "@/lib/notify";
import { showPage } from "@/lib/show-page";
import { ObjectName } from "./object-name";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const id = (end: number) => `019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b4${end}`;
const ROWS = [
  { resource: "user", resource_id: id(1) },
  { resource: "account", resource_id: id(1) },
  { resource: "service_account", resource_id: id(2) },
  { resource: "service_account", resource_id: id(6) },
  { resource: "organisation", resource_id: id(3) },
  { resource: "role", resource_id: id(4) },
  { resource: "session", resource_id: id(5) },
  { resource: "setting", resource_id: "log.filter" },
];

it("names what it can in few calls, and copies the id of all else", async () => {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    const answers: Record<string, object> = {
      "/console/session": {
        user_id: "1",
        permissions: ["users.read", "roles.read", "organisations.read", "service-accounts.read"],
      },
      [`/api/v1/users/${id(1)}`]: { id: id(1), email: "ada@example.org", display_name: "Ada" },
      "/api/v1/service-accounts": { items: [{ id: id(2), name: "Warehouse" }], next_cursor: null },
      [`/api/v1/organisations/${id(3)}`]: { id: id(3), name: "Acme" },
      "/api/v1/roles": { items: [{ id: id(4), name: "desk", display_name: "Front desk" }] },
    };
    return Response.json(answers[pathname] ?? {}, { status: answers[pathname] ? 200 : 404 });
  });
  showPage(
    () => (
      <ul>
        {ROWS.map((object) => (
          <li key={`${object.resource} ${object.resource_id}`}>
            <ObjectName object={object} />
          </li>
        ))}
      </ul>
    ),
    "/audit",
  );
  await screen.findByText("Warehouse");
  await screen.findByText("Acme");
  await screen.findAllByText("Ada");
  await screen.findByText("Front desk");
  const rows = screen.getAllByRole("listitem").map(({ textContent }) => textContent);
  expect(rows).toEqual([
    "user Ada",
    "account Ada",
    "service_account Warehouse",
    "service_account …0c8e1b46 (deleted)",
    "organisation Acme",
    "role Front desk",
    "session …0c8e1b45",
    "setting log.filter",
  ]);
  expect(asked.toSorted()).toEqual([...new Set(asked)].toSorted());
  // Nobody looks for a program that is gone among the people.
  expect(asked).not.toContain(`/api/v1/users/${id(6)}`);
  userEvent.setup();
  await userEvent.click(screen.getByRole("button", { name: "Copy the id …0c8e1b45" }));
  expect(await navigator.clipboard.readText()).toBe(id(5));
  expect(notify).toHaveBeenCalledWith({ type: "success", title: "The id is copied" });
});

it("tells ids to who may see no names", async () => {
  vi.stubGlobal("fetch", async () => Response.json({ user_id: "1", permissions: [] }));
  showPage(() => <ObjectName object={{ resource: "user", resource_id: id(1) }} />, "/audit");
  expect((await screen.findByText("…0c8e1b41")).getAttribute("title")).toBe(id(1));
  expect(screen.queryByRole("link")).toBeNull();
});
