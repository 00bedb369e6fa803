import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { User } from "@/api/schema";
import { notify } from "@/lib/notify";
import { showPage } from "@/lib/show-page";
import { wrongFields } from "@/lib/stub-passkeys";
import { EditUser } from "./edit-user";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const ADA = {
  id: "7",
  email: "ada@example.org",
  display_name: "Ada",
  first_name: "Ada",
  last_name: null,
  bio: "Writes programs.",
  locale: "en",
  timezone: "UTC",
  version: 3,
} as User;

/** Shows the form; gives what was asked, and whether it was closed. */
function open(answer: () => Response) {
  const asked: unknown[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    asked.push([request.method, new URL(request.url).pathname, request.headers.get("if-match"), await request.json()]);
    return answer();
  });
  const onClose = vi.fn();
  showPage(() => <EditUser user={ADA} open onClose={onClose} />, "/users");
  return { asked, onClose };
}

async function type(label: string, text: string): Promise<void> {
  const field = await screen.findByLabelText(label);
  await userEvent.clear(field);
  if (text) await userEvent.type(field, text);
}

const save = () => userEvent.click(screen.getByRole("button", { name: "Save" }));

it("sends what was changed alone, for the version that was seen", async () => {
  const { asked, onClose } = open(() => Response.json(ADA));
  await type("Last name", " Lovelace ");
  await type("About", "");
  await save();
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledOnce());
  expect(asked).toEqual([["PATCH", "/api/v1/users/7", '"3"', { last_name: "Lovelace", bio: null }]]);
  expect(vi.mocked(notify).mock.calls).toEqual([[{ type: "success", title: "The profile is changed" }]]);
});

it("asks for nothing when nothing was changed", async () => {
  const { asked, onClose } = open(() => Response.error());
  await type("Name to show", "Ada ");
  await save();
  expect(onClose).toHaveBeenCalledOnce();
  expect(asked).toEqual([]);
});

it("stays open with what is refused, and says at the field why", async () => {
  const { onClose } = open(() => wrongFields("timezone"));
  await type("Time zone", "Europe/Atlantis");
  await save();
  expect(await screen.findByText("There is no such time zone.")).toBeTruthy();
  expect(screen.queryByRole("alert")).toBeNull();
  expect(onClose).not.toHaveBeenCalled();
});
