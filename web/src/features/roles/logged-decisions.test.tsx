import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { PermissionInfo, Role } from "@/api/schema";
import { notify } from "@/lib/notify";
import { showPage } from "@/lib/show-page";
import { PermissionMatrix } from "./permission-matrix";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const permission = (name: string, log_decisions: boolean): PermissionInfo => {
  const [resource = "", action = ""] = name.split(".");
  return { id: name, name, resource, action, display_name: name, log_decisions };
};
const permissions = [permission("users.read", false), permission("users.write", true), permission("keys.rotate", true)];

/** Shows the matrix to somebody who holds these; gives what was ordered. */
function show(held: string[], answer = () => Response.json(permission("users.read", true))) {
  const ordered: unknown[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    if (request.method === "GET") return Response.json({ user_id: "1", permissions: held });
    ordered.push([request.method, new URL(request.url).pathname, await request.json()]);
    return answer();
  });
  showPage(() => <PermissionMatrix roles={[] as Role[]} permissions={permissions} />, "/roles");
  return ordered;
}

const box = (name: string) => screen.findByRole<HTMLInputElement>("checkbox", { name: `Log decisions about ${name}` });

it("are begun after a question that says what is logged and what it costs", async () => {
  const ordered = show(["roles.write", "users.read", "users.write"]);
  const read = await box("users.read");
  expect(read.checked).toBe(false);
  await userEvent.click(read);
  const question = within(await screen.findByRole("alertdialog", { name: "Log each decision about users.read?" }));
  expect(question.getByText(/each who asks for it, on what, and by which grant .* costs a row/)).toBeTruthy();
  expect(ordered).toEqual([]);
  await userEvent.click(question.getByRole("button", { name: "Log them" }));
  await vi.waitFor(() =>
    expect(ordered).toEqual([["PATCH", "/api/v1/permissions/users.read", { log_decisions: true }]]),
  );
  await vi.waitFor(() =>
    expect(vi.mocked(notify).mock.lastCall).toEqual([
      { type: "success", title: "Decisions about users.read are logged" },
    ]),
  );
});

it("are ended after another question", async () => {
  const ordered = show(["roles.write", "users.write"]);
  const write = await box("users.write");
  expect(write.checked).toBe(true);
  await userEvent.click(write);
  const question = within(await screen.findByRole("alertdialog", { name: "Log decisions about users.write no more?" }));
  await userEvent.click(question.getByRole("button", { name: "Log no more" }));
  await vi.waitFor(() =>
    expect(ordered).toEqual([["PATCH", "/api/v1/permissions/users.write", { log_decisions: false }]]),
  );
});

it("are a mark alone for who may not change them, and a way to the log for who may read that", async () => {
  show(["roles.write", "users.read", "audit.read"]);
  await box("users.read");
  // Nobody decides that of what they do not hold.
  expect(screen.getAllByRole("checkbox")).toHaveLength(1);
  const marks = screen.getAllByRole("link", { name: /^logged: decisions about/ });
  expect(marks.map((mark) => mark.getAttribute("href"))).toEqual([
    "/audit?action=decide&resource=permission&resource_id=keys.rotate",
    "/audit?action=decide&resource=permission&resource_id=users.write",
  ]);
  expect(screen.getByRole("link", { name: "All logged decisions" }).getAttribute("href")).toBe("/audit?action=decide");
});

it("offer nothing to who only reads roles", async () => {
  show(["roles.read", "users.read"]);
  expect(await screen.findByRole("row", { name: /^users\.read not logged/ })).toBeTruthy();
  expect(screen.getByRole("row", { name: /^users\.write logged/ })).toBeTruthy();
  expect(screen.queryByRole("checkbox")).toBeNull();
  expect(screen.queryByRole("link")).toBeNull();
});

it("say why they could not be changed", async () => {
  const problem = { type: "urn:orion:problem:permission-denied", title: "denied", status: 403 };
  const headers = { "content-type": "application/problem+json" };
  show(["roles.write", "users.read"], () => new Response(JSON.stringify(problem), { status: 403, headers }));
  await userEvent.click(await box("users.read"));
  const question = within(await screen.findByRole("alertdialog"));
  await userEvent.click(question.getByRole("button", { name: "Log them" }));
  expect((await question.findByRole("alert")).textContent).toContain("Somebody who holds more can do it.");
});
