import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Session } from "@/api/schema";
import { showPage } from "@/lib/show-page";
import { OwnSessions } from "./own-sessions";
import { SecondFactor } from "./second-factor";

afterEach(cleanup);

const OFF = {
  enabled: false,
  required: false,
  totp_since: null,
  backup_codes_left: 0,
  backup_codes_since: null,
  last_used_at: null,
};
const ON = { ...OFF, enabled: true, totp_since: "2030-01-01T12:00:00Z", backup_codes_left: 10 };
const KEY = {
  secret: "JBSWY3DPEHPK3PXP",
  url: "otpauth://totp/x",
  qr_svg: "<svg xmlns='http://www.w3.org/2000/svg'/>",
};

const session = (id: string, isCurrent: boolean): Session => ({
  id,
  device: "Firefox on Linux",
  device_id: null,
  organisation_id: null,
  ip_address: null,
  is_current: isCurrent,
  acr: "aal1",
  methods: ["password"],
  authenticated_at: "2030-01-01T12:00:00Z",
  started_at: "2030-01-01T12:00:00Z",
  last_used_at: "2030-01-01T12:00:00Z",
  expires_at: "2030-01-02T12:00:00Z",
});

function serve(status: object, Page = SecondFactor) {
  let now = status;
  let sessions = [session("here", true), session("elsewhere", false)];
  const bodies: unknown[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (pathname.endsWith("/totp/confirm")) {
      bodies.push(await request.json());
      now = ON;
      sessions = sessions.filter(({ is_current }) => is_current);
      return Response.json({ codes: ["AAAAA-BBBBB", "CCCCC-DDDDD"] });
    }
    if (request.method === "DELETE") {
      now = OFF;
      return new Response(null, { status: 204 });
    }
    if (pathname.endsWith("/two-factor/totp")) return Response.json(KEY);
    if (pathname.endsWith("/sessions")) return Response.json({ items: sessions });
    if (pathname.endsWith("/devices")) return Response.json({ items: [] });
    return Response.json(now);
  });
  showPage(Page, "/account");
  return bodies;
}

it("is set up by a code, and shows the backup codes until they are kept", async () => {
  const bodies = serve(OFF);
  await userEvent.click(await screen.findByRole("button", { name: "Set up an authenticator app" }));
  await userEvent.type(await screen.findByLabelText("Code of your authenticator app"), "111222{Enter}");
  expect(await screen.findByText("AAAAA-BBBBB")).toBeTruthy();
  expect(bodies).toEqual([{ code: "111222", end_other_sessions: true }]);
  const file = screen.getByRole("link", { name: "Download" });
  expect(decodeURIComponent(file.getAttribute("href") ?? "")).toContain("AAAAA-BBBBB\nCCCCC-DDDDD");
  expect(await screen.findByText("In use")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "I have kept them" }));
  expect(screen.queryByText("AAAAA-BBBBB")).toBeNull();
  expect(screen.getByRole("button", { name: "Turn off" })).toBeTruthy();
});

it("shows which sessions are left, where setting it up ended the others", async () => {
  serve(OFF, () => (
    <>
      <SecondFactor />
      <OwnSessions mayOrder />
    </>
  ));
  expect(await screen.findByRole("button", { name: "End all others…" })).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Set up an authenticator app" }));
  await userEvent.type(await screen.findByLabelText("Code of your authenticator app"), "111222{Enter}");
  await vi.waitFor(() => expect(screen.queryByRole("button", { name: "End all others…" })).toBeNull());
});

it("is turned off after a question", async () => {
  serve(ON);
  await userEvent.click(await screen.findByRole("button", { name: "Turn off" }));
  const question = await screen.findByRole("alertdialog", { name: "Turn the second factor off?" });
  await userEvent.click(question.querySelector("[type=submit]") ?? question);
  expect(await screen.findByRole("button", { name: "Set up an authenticator app" })).toBeTruthy();
});

it("cannot be turned off where a role demands it, and warns of few backup codes", async () => {
  serve({ ...ON, required: true, backup_codes_left: 1 });
  expect(await screen.findByText(/You have 1 backup code left/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Turn off" })).toBeNull();
});

it("says before an app is set up beside passkeys that the backup codes are new ones then", async () => {
  serve({ ...OFF, enabled: true, passkeys: 1, backup_codes_left: 10 });
  expect(await screen.findByText(/Once it is in use, your backup codes are void, and new ones are shown/)).toBeTruthy();
  cleanup();
  serve(OFF);
  expect(await screen.findByText(/a stolen password alone opens nothing/)).toBeTruthy();
  expect(screen.queryByText(/backup codes are void/)).toBeNull();
});
