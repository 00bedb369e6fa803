import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { notify } from "@/lib/notify";
import { showPage } from "@/lib/show-page";
import { InviteUser } from "./invite-user";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
vi.mock("@/features/session/session-life", () => ({
  useSession: () => ({ permissions: ["users.write", "roles.assign"] }),
}));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const ROLES = {
  items: ["guest", "moderator", "user"].map((name) => ({ name, display_name: `The ${name}`, scope: "global" })),
  next_cursor: null,
};

/** Shows the form; gives what was asked of the users. */
function open(answer: () => Response) {
  const asked: unknown[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    if (new URL(request.url).pathname === "/api/v1/roles") return Response.json(ROLES);
    asked.push([request.method, new URL(request.url).pathname, await request.json()]);
    return answer();
  });
  const onClose = vi.fn();
  showPage(() => <InviteUser open onClose={onClose} />, "/users");
  return { asked, onClose };
}

it("sends what was typed, the roles that were chosen, and whether a mail goes out", async () => {
  const { asked, onClose } = open(() => Response.json({ id: "7" }, { status: 201 }));
  await userEvent.type(await screen.findByLabelText("E-mail address"), " eve@example.org ");
  await userEvent.type(screen.getByLabelText("First name"), "Eve");
  await userEvent.click(await screen.findByLabelText("The moderator"));
  expect(screen.queryByLabelText("The guest")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Invite" }));
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledOnce());
  const body = { email: "eve@example.org", first_name: "Eve", roles: ["moderator"], invite: true };
  expect(asked).toEqual([["POST", "/api/v1/users", body]]);
  expect(vi.mocked(notify).mock.calls).toEqual([[{ type: "success", title: "The invitation is on its way" }]]);
});

it("says at the address that somebody has it", async () => {
  const problem = {
    type: "urn:orion:problem:conflict",
    title: "Conflict",
    status: 409,
    request_id: "1",
    errors: [{ field: "email", code: "taken", message: "is somebody's already" }],
  };
  const { onClose } = open(() =>
    Response.json(problem, { status: 409, headers: { "content-type": "application/problem+json" } }),
  );
  await userEvent.type(await screen.findByLabelText("E-mail address"), "ada@example.org");
  await userEvent.click(screen.getByLabelText("Mail the invitation now"));
  await userEvent.click(screen.getByRole("button", { name: "Create" }));
  expect(await screen.findByText("Somebody has this address already.")).toBeTruthy();
  // There alone: it is told once.
  expect(screen.queryByRole("alert")).toBeNull();
  expect(onClose).not.toHaveBeenCalled();
});
