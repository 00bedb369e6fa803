import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { notify } from "@/lib/notify";
import { showPage } from "@/lib/show-page";
import { EmailChange } from "./email-change";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.mocked(notify).mockClear();
});

const PENDING = {
  email: "new@example.org",
  requested_by: "019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10",
  requested_at: "2026-01-12T08:15:00Z",
  expires_at: "2026-01-13T08:15:00Z",
  is_confirmed_at_current: true,
  is_confirmed_at_new: false,
};

/** Answers as the server does; gives what was asked. */
function serve(pending: typeof PENDING | null, problem?: { status: number; errors?: object[] }, userId?: string) {
  let waits = pending;
  const calls: [string, string, unknown?][] = [];
  const state = () => Response.json({ email: "ada@example.org", pending: waits });
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (request.method === "GET") {
      calls.push(["GET", pathname]);
      return state();
    }
    calls.push([request.method, pathname, request.method === "POST" ? await request.json() : undefined]);
    if (problem) {
      const body = { type: "urn:orion:problem:validation", title: "Some fields are not valid", ...problem };
      return new Response(JSON.stringify(body), {
        status: problem.status,
        headers: { "content-type": "application/problem+json" },
      });
    }
    if (request.method === "DELETE") {
      waits = null;
      return new Response(null, { status: 204 });
    }
    waits = PENDING;
    return new Response(await state().text(), { status: 202, headers: { "content-type": "application/json" } });
  });
  showPage(() => <EmailChange {...(userId && { userId })} />, "/account");
  return calls;
}

const field = () => screen.findByLabelText<HTMLInputElement>("New address");

it("asks for another address, and shows at which of the two it is confirmed", async () => {
  const calls = serve(null);
  await userEvent.type(await field(), " new@example.org {Enter}");
  expect(await screen.findByText("Confirmed")).toBeTruthy();
  expect(screen.getByText("Waits for its mail")).toBeTruthy();
  expect(calls.filter(([method]) => method === "POST")).toEqual([
    ["POST", "/api/v1/users/me/email-change", { email: "new@example.org" }],
  ]);
  expect(notify).toHaveBeenCalled();
});

it("sends nothing that is no address, and says what the server finds wrong at the field", async () => {
  const calls = serve(null, {
    status: 422,
    errors: [{ field: "email", code: "invalid", message: "is the address of now" }],
  });
  await userEvent.type(await field(), "nobody{Enter}");
  expect(await screen.findByText("This is no e-mail address such as ada@example.org.")).toBeTruthy();
  expect(calls.some(([method]) => method === "POST")).toBe(false);
  await userEvent.clear(await field());
  await userEvent.type(await field(), "ada@example.org{Enter}");
  expect(await screen.findByText("This is the address of now.")).toBeTruthy();
  expect((await field()).value).toBe("ada@example.org");
});

it("withdraws what waits, once that is confirmed", async () => {
  const calls = serve(PENDING);
  await userEvent.click(await screen.findByRole("button", { name: "Withdraw…" }));
  expect(calls.some(([method]) => method === "DELETE")).toBe(false);
  await userEvent.click(await screen.findByRole("button", { name: "Withdraw" }));
  expect(await field()).toBeTruthy();
  expect(calls).toContainEqual(["DELETE", "/api/v1/users/me/email-change", undefined]);
});

it("is of the user whom it is shown for", async () => {
  const calls = serve(null, undefined, "42");
  await userEvent.type(await field(), "new@example.org{Enter}");
  await screen.findByText("Confirmed");
  expect(new Set(calls.map(([, path]) => path))).toEqual(new Set(["/api/v1/users/42/email-change"]));
});
