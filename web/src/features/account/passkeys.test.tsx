import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { showPage } from "@/lib/show-page";
import { given, stubPasskeys, wrongFields } from "@/lib/stub-passkeys";
import { Passkeys } from "./passkeys";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const passkey = (id: string, name: string, more: object = {}) => ({
  id,
  name,
  aaguid: "00000000-0000-0000-0000-000000000000",
  created_at: "2030-01-01T12:00:00Z",
  last_used_at: null,
  is_backed_up: false,
  ...more,
});

interface Account {
  passkeys?: { id: string }[];
  hasApp?: boolean;
  isDemanded?: boolean;
  /** What is answered to a passkey that was made; otherwise it is taken. */
  refuse?: () => Response;
}

/** Answers as the server does; gives what was asked besides reading. */
function serve({ passkeys = [], hasApp = false, isDemanded = false, refuse }: Account) {
  let now = passkeys;
  const asked: [string, unknown][] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const path = new URL(request.url).pathname.replace("/api/v1/auth/", "");
    if (request.method !== "GET") {
      const text = await request.text();
      asked.push([`${request.method} ${path}`, text ? JSON.parse(text) : undefined]);
    }
    if (path === "passkeys/options") {
      return Response.json({ flow_id: "flow", public_key: { challenge: "here" }, expires_in: 600 });
    }
    if (request.method === "POST") {
      if (refuse) return refuse();
      const isFirst = now.length === 0 && !hasApp;
      const made = passkey("new", "Passkey");
      now = [...now, made];
      return Response.json({ passkey: made, ...(isFirst && { backup_codes: { codes: ["AAAAA-BBBBB"] } }) });
    }
    if (request.method === "DELETE") {
      now = now.filter(({ id }) => !path.endsWith(id));
      return new Response(null, { status: 204 });
    }
    if (path === "two-factor") {
      const since = hasApp ? "2030-01-01T12:00:00Z" : null;
      return Response.json({
        enabled: hasApp || now.length > 0,
        required: isDemanded,
        passkeys: now.length,
        totp_since: since,
      });
    }
    return Response.json({ items: now });
  });
  showPage(Passkeys, "/account");
  return asked;
}

it("are listed with when they were set up and used, and whether they are on several devices", async () => {
  const used = { last_used_at: "2030-02-03T12:00:00Z", is_backed_up: true };
  serve({ passkeys: [passkey("one", "Phone", used), passkey("two", "Key")] });
  const [phone, key] = await screen.findAllByRole("listitem");
  expect(phone?.textContent).toMatch(/Phone.*On several devices.*set up .*2030.* · used .*2030/);
  expect(key?.textContent).toMatch(/set up .*2030.* · not used yet/);
  expect(key?.textContent).not.toContain("On several devices");
});

it("are set up by this browser, the first one with backup codes that are shown once", async () => {
  const create = vi.fn((_asked: { publicKey: unknown }) => given("made"));
  stubPasskeys({ create });
  const asked = serve({});
  await screen.findByText(/None yet/);
  await userEvent.click(screen.getByRole("button", { name: "Set up a passkey" }));
  expect(await screen.findByText("AAAAA-BBBBB")).toBeTruthy();
  expect(create.mock.calls).toEqual([[{ publicKey: { challenge: "here" } }]]);
  expect(asked[1]).toEqual(["POST passkeys", { flow_id: "flow", credential: { id: "made" } }]);
  await userEvent.click(screen.getByRole("button", { name: "I have kept them" }));
  expect(screen.queryByText("AAAAA-BBBBB")).toBeNull();
  expect(screen.getByRole("button", { name: "Take away: Passkey" })).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Set up a passkey" }));
  await vi.waitFor(() => expect(screen.getAllByRole("listitem")).toHaveLength(2));
  expect(screen.queryByText("AAAAA-BBBBB")).toBeNull();
});

it("that cannot be set up are told of, by the browser's word or the server's", async () => {
  stubPasskeys({});
  const asked = serve({ refuse: () => wrongFields("credential") });
  await userEvent.click(await screen.findByRole("button", { name: "Set up a passkey" }));
  expect(await screen.findByText("The browser gave no passkey")).toBeTruthy();
  expect(asked.map(([call]) => call)).toEqual(["POST passkeys/options"]);
  stubPasskeys({ create: () => given("made") });
  await userEvent.click(screen.getByRole("button", { name: "Set up a passkey" }));
  expect(await screen.findByText("This passkey could not be set up")).toBeTruthy();
});

it("are not set up by a browser that does not support them", async () => {
  serve({ passkeys: [passkey("one", "Phone")] });
  expect(await screen.findByText(/This browser does not support passkeys/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Set up a passkey" })).toBeNull();
  expect(await screen.findByRole("button", { name: "Take away: Phone" })).toBeTruthy();
});

async function takeAway(name: string): Promise<HTMLElement> {
  await userEvent.click(await screen.findByRole("button", { name: `Take away: ${name}` }));
  return screen.findByRole("alertdialog", { name: `Take ${name} away?` });
}

it("are taken away after a question", async () => {
  const asked = serve({ passkeys: [passkey("one", "Phone"), passkey("two", "Key")] });
  const question = await takeAway("Phone");
  expect(question.textContent).toContain("It signs in to this account no more.");
  await userEvent.click(question.querySelector("[type=submit]") ?? question);
  await vi.waitFor(() => expect(screen.queryByText("Phone")).toBeNull());
  expect(screen.getByText("Key")).toBeTruthy();
  expect(asked).toEqual([["DELETE passkeys/one", undefined]]);
});

it("take the backup codes with them when nothing else is a second factor", async () => {
  serve({ passkeys: [passkey("one", "Phone")] });
  const question = await takeAway("Phone");
  expect(question.textContent).toContain("The passkey and the backup codes are void then.");
  expect(question.textContent).toContain("From now on the password alone signs you in.");
  await userEvent.click(question.querySelector("[type=submit]") ?? question);
  expect(await screen.findByText(/None yet/)).toBeTruthy();
});

it.each([
  ["beside an app", { hasApp: true }],
  ["where a role demands a second factor", { isDemanded: true }],
])("do not take the backup codes with them %s", async (_where, account) => {
  serve({ passkeys: [passkey("one", "Phone")], ...account });
  const question = await takeAway("Phone");
  expect(question.textContent).toContain("It signs in to this account no more.");
  expect(question.textContent).not.toContain("backup codes");
});
