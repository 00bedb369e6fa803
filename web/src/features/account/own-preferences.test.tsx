import { cleanup, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { notify } from "@/lib/notify";
import { showPage } from "@/lib/show-page";
import { currentTheme } from "@/lib/theme";
import { OwnPreferences } from "./own-preferences";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
beforeEach(() => {
  window.matchMedia = () => ({ matches: false }) as MediaQueryList;
});
afterEach(() => {
  cleanup();
  localStorage.clear();
  vi.unstubAllGlobals();
  vi.mocked(notify).mockClear();
});

/** Answers as the server does, whose profile has this version by the time of a change; gives what was ordered. */
function serve(version = 3, problem?: object) {
  const ordered: unknown[] = [];
  let profile = { id: "1", locale: "en", timezone: "UTC", version: 3 };
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/console/session") return Response.json({ user_id: "1", permissions: [] });
    const isProfile = pathname === "/api/v1/users/me";
    if (request.method !== "PATCH") return Response.json(isProfile ? profile : { version: 5, display: {}, custom: {} });
    const body = await request.json();
    const seen = request.headers.get("if-match");
    ordered.push([pathname, seen, body]);
    if (problem)
      return Response.json(problem, { status: 422, headers: { "content-type": "application/problem+json" } });
    if (isProfile && seen !== `"${version}"`) {
      profile = { ...profile, version };
      return new Response(null, { status: 412 });
    }
    if (isProfile) profile = { ...profile, ...body, version: version + 1 };
    return Response.json(isProfile ? profile : { version: 6, display: body.display, custom: {} });
  });
  showPage(OwnPreferences, "/account");
  return ordered;
}

const save = () => userEvent.click(screen.getByRole("button", { name: "Save" }));

it("keeps what was changed alone, theme and profile each where it belongs", async () => {
  const ordered = serve();
  const zone = await screen.findByLabelText("Time zone");
  await userEvent.clear(zone);
  await userEvent.type(zone, "Europe/Berlin");
  await userEvent.selectOptions(screen.getByLabelText("Theme"), "dark");
  expect(currentTheme()).toBe("system");
  await save();
  await waitFor(() => expect(notify).toHaveBeenCalledWith({ type: "success", title: "Your preferences are saved" }));
  expect(ordered).toEqual([
    ["/api/v1/users/me", '"3"', { timezone: "Europe/Berlin" }],
    ["/api/v1/users/me/preferences", '"5"', { display: { theme: "dark" } }],
  ]);
  expect(currentTheme()).toBe("dark");
});

it("reads the profile anew where somebody else was faster", async () => {
  const ordered = serve(4);
  await userEvent.type(await screen.findByLabelText("Time zone"), "X");
  await save();
  await waitFor(() => expect(notify).toHaveBeenCalledOnce());
  expect(ordered).toEqual([
    ["/api/v1/users/me", '"3"', { timezone: "UTCX" }],
    ["/api/v1/users/me", '"4"', { timezone: "UTCX" }],
  ]);
});

it("says at its field what is wrong, and keeps what was typed", async () => {
  const errors = [{ field: "timezone", code: "invalid", message: "no" }];
  serve(3, { type: "urn:orion:problem:validation", title: "no", status: 422, errors });
  await userEvent.type(await screen.findByLabelText("Time zone"), "X");
  await save();
  expect(await screen.findByText("There is no such time zone.")).toBeTruthy();
  expect((screen.getByLabelText("Time zone") as HTMLInputElement).value).toBe("UTCX");
});
