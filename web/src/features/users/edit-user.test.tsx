import { cleanup, screen, within } from "@testing-library/react";
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

it("shows what somebody else has made of it meanwhile, beside what was typed", async () => {
  const asked: unknown[] = [];
  const now = { ...ADA, bio: "Writes notes.", tags: ["vip"], version: 4 };
  vi.stubGlobal("fetch", async (request: Request) => {
    if (request.method === "GET") return Response.json(now);
    const seen = request.headers.get("if-match");
    asked.push([seen, await request.json()]);
    if (seen === '"4"') return Response.json(now);
    const problem = { type: "urn:orion:problem:precondition-failed", title: "changed", status: 412 };
    const headers = { "content-type": "application/problem+json" };
    return new Response(JSON.stringify(problem), { status: 412, headers });
  });
  const onClose = vi.fn();
  showPage(() => <EditUser user={ADA} open onClose={onClose} />, "/users");
  await type("Last name", "Lovelace");
  await save();
  const both = within(await screen.findByRole("region", { name: "Both versions" }));
  expect(both.getAllByRole("term").map(({ textContent }) => textContent)).toContain("Last name");
  expect(both.getByText("Writes notes.")).toBeTruthy();
  await userEvent.click(both.getByRole("button", { name: "Go on with mine" }));
  expect(screen.getByLabelText<HTMLTextAreaElement>("About").value).toBe("Writes notes.");
  await save();
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledOnce());
  expect(asked).toEqual([
    ['"3"', { last_name: "Lovelace" }],
    ['"4"', { last_name: "Lovelace" }],
  ]);
});

it("does not send metadata that is none", async () => {
  const { asked, onClose } = open(() => Response.json(ADA));
  await type("Metadata", "seven");
  await save();
  expect(await screen.findByText(/This is no JSON object/)).toBeTruthy();
  expect(asked).toEqual([]);
  expect(onClose).not.toHaveBeenCalled();
});
