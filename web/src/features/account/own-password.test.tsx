import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { notify } from "@/lib/notify";
import { showPage } from "@/lib/show-page";
import { OwnPassword } from "./own-password";
import { OwnSessions } from "./own-sessions";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.mocked(notify).mockClear();
});

const OLD = "correct horse battery staple";
const NEW = "three bright stars at night";

/** Answers as the server does, a change with these faults by their fields; gives what was asked. */
function serve(faults?: Record<string, string>, hasPassword = true) {
  const bodies: unknown[] = [];
  const read: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (request.method === "POST") {
      bodies.push(await request.json());
      if (!faults) return new Response(null, { status: 204 });
      const errors = Object.entries(faults).map(([field, message]) => ({ field, message }));
      const problem = { type: "urn:orion:problem:validation", title: "Some fields are not valid", status: 422, errors };
      const headers = { "content-type": "application/problem+json" };
      return new Response(JSON.stringify(problem), { status: 422, headers });
    }
    read.push(pathname);
    if (pathname === "/console/session") return Response.json({ email: "ada@example.org", permissions: [] });
    if (pathname === "/api/v1/auth/two-factor") return Response.json({ has_password: hasPassword });
    return Response.json({ items: [] });
  });
  const Page = () => (
    <>
      <OwnPassword />
      <OwnSessions mayOrder />
    </>
  );
  showPage(Page, "/account");
  return { bodies, read };
}

const current = () => screen.findByLabelText<HTMLInputElement>("Current password");
const fresh = () => screen.getByLabelText<HTMLInputElement>("New password");

it("is changed, which is told, empties the form, and shows the sessions that are left", async () => {
  const { bodies, read } = serve();
  await userEvent.type(await current(), OLD);
  await userEvent.type(fresh(), NEW);
  const before = read.filter((path) => path === "/api/v1/auth/sessions").length;
  await userEvent.click(screen.getByRole("button", { name: "Change password" }));
  await vi.waitFor(() => expect(notify).toHaveBeenCalledWith({ type: "success", title: "Your password is changed" }));
  expect(bodies).toEqual([{ current_password: OLD, new_password: NEW }]);
  await vi.waitFor(async () => expect([(await current()).value, fresh().value]).toEqual(["", ""]));
  await vi.waitFor(() =>
    expect(read.filter((path) => path === "/api/v1/auth/sessions").length).toBeGreaterThan(before),
  );
});

it("says at its field which password is wrong, and keeps what was typed", async () => {
  serve({
    current_password: "is not the password of the account",
    new_password: "is one that many people use; choose another",
  });
  await userEvent.type(await current(), "not the right one");
  await userEvent.type(fresh(), `${NEW}{Enter}`);
  expect(await screen.findByText("This is not your password.")).toBeTruthy();
  expect(screen.getByText("The password is one that many people use; choose another.")).toBeTruthy();
  expect(screen.queryByRole("alert")).toBeNull();
  expect(fresh().value).toBe(NEW);
  expect(notify).not.toHaveBeenCalled();
});

it("sends nothing that lacks something, and leads to the field", async () => {
  const { bodies } = serve();
  await userEvent.type(await current(), "{Enter}");
  expect(await screen.findByText("Enter your current password.")).toBeTruthy();
  expect(document.activeElement).toBe(await current());
  await userEvent.type(await current(), OLD);
  await userEvent.type(fresh(), "too short{Enter}");
  expect(await screen.findByText("6 more characters needed.")).toBeTruthy();
  expect(fresh().getAttribute("aria-invalid")).toBe("true");
  expect(document.activeElement).toBe(fresh());
  expect(bodies).toEqual([]);
});

it("is not asked for where there is none: a link is mailed by which one is chosen", async () => {
  const { bodies } = serve(undefined, false);
  await userEvent.click(await screen.findByRole("button", { name: "Mail me a link to choose one" }));
  expect(await screen.findByText(/is on its way to/)).toBeTruthy();
  expect(bodies).toEqual([{ email: "ada@example.org" }]);
  expect(screen.queryByLabelText("Current password")).toBeNull();
});
