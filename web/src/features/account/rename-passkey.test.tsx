import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { render } from "@/lib/show-page";
import { wrongFields } from "@/lib/stub-passkeys";
import { RenamePasskey } from "./rename-passkey";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const PHONE = {
  id: "one",
  name: "Phone",
  aaguid: "00000000-0000-0000-0000-000000000000",
  created_at: "2030-01-01T12:00:00Z",
  last_used_at: null,
  is_backed_up: false,
};

/** Shows the form; gives what was asked, and whether it was said that it is done. */
function open(answer: () => Response) {
  const asked: [string, unknown][] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    asked.push([`${request.method} ${new URL(request.url).pathname}`, await request.json()]);
    return answer();
  });
  const onClose = vi.fn();
  const onRenamed = vi.fn(async () => {});
  render(<RenamePasskey passkey={PHONE} onClose={onClose} onRenamed={onRenamed} />);
  return { asked, onClose, onRenamed };
}

async function type(name: string): Promise<void> {
  const field = await screen.findByLabelText<HTMLInputElement>("Name");
  expect(field.value).toBe("Phone");
  await userEvent.clear(field);
  await userEvent.type(field, name);
  await userEvent.click(screen.getByRole("button", { name: "Rename" }));
}

it("gives another name, without what surrounds it", async () => {
  const { asked, onClose, onRenamed } = open(() => Response.json({ ...PHONE, name: "Old phone" }));
  await type("  Old phone ");
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledOnce());
  expect(asked).toEqual([["PATCH /api/v1/auth/passkeys/one", { name: "Old phone" }]]);
  expect(onRenamed).toHaveBeenCalledOnce();
});

it("stays open with a name that the server refuses, says at the field which are taken, and takes another", async () => {
  const answers = [wrongFields("name"), Response.json(PHONE)];
  const { onClose, onRenamed } = open(() => answers.shift() ?? Response.error());
  await type("{{}");
  expect(await screen.findByText("One to a hundred letters, none of them hidden.")).toBeTruthy();
  expect(screen.queryByRole("alert")).toBeNull();
  expect([onClose, onRenamed].flatMap(({ mock }) => mock.calls)).toEqual([]);
  await userEvent.type(screen.getByLabelText("Name"), " phone{Enter}");
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledOnce());
});

it("says what else went wrong", async () => {
  const gone = { type: "urn:orion:problem:not-found", title: "Not found", status: 404 };
  open(() => Response.json(gone, { status: 404 }));
  await type("Old phone");
  expect((await screen.findByRole("alert")).textContent).toContain("Not found");
});
