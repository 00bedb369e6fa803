import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { User } from "@/api/schema";
import { notify } from "@/lib/notify";
import { showPage } from "@/lib/show-page";
import { UserPassword } from "./user-password";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.mocked(notify).mockClear();
  account = { has_password: true, password_change_ordered: false };
});

const user = { id: "7", email: "ada@example.org", display_name: "Ada Lovelace", status: "active" } as User;

/** What the account has, as far as it matters here. */
let account = { has_password: true, password_change_ordered: false };

/** Shows it of this user, and answers an order with this; gives what was asked. */
function serve(shown: User, answer: () => Response) {
  const asked: unknown[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    if (request.url.endsWith("/two-factor")) return Response.json(account);
    asked.push([request.method, new URL(request.url).pathname, await request.json()]);
    return answer();
  });
  showPage(() => <UserPassword user={shown} />, "/users");
  return asked;
}

async function order(reason: string) {
  await userEvent.click(await screen.findByRole("button", { name: "Order a new password…" }));
  const question = await screen.findByRole("alertdialog", { name: "Order a new password of Ada Lovelace?" });
  expect(question.textContent).toContain("mailed to ada@example.org");
  if (reason) await userEvent.type(within(question).getByRole("textbox"), reason);
  await userEvent.click(within(question).getByRole("button", { name: "Order" }));
}

it("is ordered anew after a question with a reason, and told", async () => {
  const asked = serve(user, () => new Response(null, { status: 204 }));
  await order("Seen in a leak");
  await vi.waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
  expect(asked).toEqual([["POST", "/api/v1/auth/admin/users/7/password-reset", { reason: "Seen in a leak" }]]);
  expect(vi.mocked(notify).mock.calls).toEqual([
    [
      {
        type: "success",
        title: "A new password is ordered",
        description: "A mail to ada@example.org is on its way.",
      },
    ],
  ]);
});

it("is not ordered without a reason, and says why it could not be", async () => {
  const problem = { type: "urn:orion:problem:conflict", title: "Conflict", status: 409 };
  const headers = { "content-type": "application/problem+json" };
  const asked = serve(user, () => new Response(JSON.stringify(problem), { status: 409, headers }));
  await order("");
  expect(asked).toEqual([]);
  const question = screen.getByRole("alertdialog");
  await userEvent.type(within(question).getByRole("textbox"), "Seen in a leak{Enter}");
  expect(await within(question).findByRole("alert")).toBeTruthy();
  expect(notify).not.toHaveBeenCalled();
});

it("is not offered for whoever is not active", async () => {
  serve({ ...user, status: "pending_verification" }, () => new Response(null, { status: 204 }));
  expect(await screen.findByText("A new one can be ordered of active users only.")).toBeTruthy();
  expect(screen.queryByRole("button")).toBeNull();
});

it("is said to be ordered from the order on until another one is chosen", async () => {
  serve(user, () => {
    account = { has_password: true, password_change_ordered: true };
    return new Response(null, { status: 204 });
  });
  expect(await screen.findByText(/Nobody but the user sees or chooses it/)).toBeTruthy();
  await order("Seen in a leak");
  expect(await screen.findByText(/ordered and not chosen yet/)).toBeTruthy();
  expect(screen.getByText("Ordered")).toBeTruthy();
});

it("is said to be none where there is none", async () => {
  account = { has_password: false, password_change_ordered: false };
  serve(user, () => new Response(null, { status: 204 }));
  expect(await screen.findByText("None: a linked account or a passkey signs in.")).toBeTruthy();
});

it("says of who was invited that their password is still to be chosen", async () => {
  account = { has_password: false, password_change_ordered: false };
  serve({ ...user, status: "pending_verification" }, () => new Response(null, { status: 204 }));
  expect(await screen.findByText("None yet: they choose it by the link that they are mailed.")).toBeTruthy();
});
