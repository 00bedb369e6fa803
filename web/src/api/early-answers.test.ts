import { readdirSync, readFileSync } from "node:fs";
import { QueryClient } from "@tanstack/react-query";
import { createMemoryHistory } from "@tanstack/react-router";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createConsoleRouter } from "@/router";
import { addressOf, ENTRIES } from "../../early";
import { answerOf, api } from "./client";
import { ApiError } from "./problem";

const asked = vi.fn<(address: string) => Promise<Response>>();
const CODE = {
  shell: ["/assets/shell.js", "/assets/shared.js"],
  "/users": ["/assets/users.js", "/assets/shared.js"],
  "/sign-in": ["/assets/sign-in.js"],
};
const answer = (body: object) => Promise.resolve(Response.json(body));

/** Begins at an address as the page does. @returns the code that is fetched before the program is there */
function begin(path: string, built: object | null = { words: {}, code: CODE, entries: ENTRIES }): string[] {
  window.history.replaceState(null, "", path);
  window.matchMedia = () => ({ matches: false }) as MediaQueryList;
  if (built) document.documentElement.dataset.early = JSON.stringify(built);
  else document.documentElement.removeAttribute("data-early");
  new Function(readFileSync("public/early.js", "utf8"))();
  const links = [...document.head.querySelectorAll("link[rel=modulepreload]")];
  for (const link of links) link.remove();
  return links.map((link) => link.getAttribute("href") ?? "");
}

beforeEach(() => {
  asked.mockReset();
  // The program asks with a request, what is early with an address alone.
  vi.stubGlobal("fetch", (of: string | Request) => asked(typeof of === "string" ? of : `again: ${of.url}`));
});
afterEach(() => {
  window.earlyAnswers?.clear();
  document.documentElement.removeAttribute("data-early");
});

it("hands on what was asked before the program was there, once", async () => {
  asked.mockImplementation((address) => answer({ user_id: address }));
  begin("/users");
  expect(await answerOf(api.GET("/console/session"))).toEqual({ user_id: "/console/session" });
  await api.GET("/console/session");
  expect(asked.mock.calls.map(([address]) => address)).toEqual([
    "/console/session",
    `again: ${window.location.origin}/console/session`,
  ]);
});

it("hands on nothing that was asked before something was sent, or long ago", async () => {
  asked.mockImplementation((address) => answer({ asked: address }));
  begin("/sign-in");
  // The path is the same, but that is another call.
  await api.DELETE("/console/session");
  const anew = (path: string) => ({ asked: `again: ${window.location.origin}${path}` });
  expect(await answerOf(api.GET("/console/state"))).toEqual(anew("/console/state"));
  begin("/sign-in");
  vi.spyOn(Date, "now").mockReturnValue(performance.timeOrigin + 30_001);
  expect(await answerOf(api.GET("/console/session"))).toEqual(anew("/console/session"));
});

it("hands on a refusal and a missing answer as those of a call", async () => {
  asked.mockImplementation((address) =>
    address === "/console/session"
      ? Promise.resolve(new Response("{}", { status: 503 }))
      : Promise.reject(new TypeError("no network")),
  );
  begin("/sign-in");
  await expect(api.GET("/console/session")).rejects.toBeInstanceOf(ApiError);
  const missing = await api.GET("/console/state").catch((error: unknown) => error);
  expect(missing).toMatchObject({ kind: "unreachable" });
});

it("asks for the code of the page at the address, and of the frame where it stands in one", () => {
  asked.mockImplementation(() => answer({}));
  expect(begin("/users")).toEqual(["/assets/shell.js", "/assets/shared.js", "/assets/users.js"]);
  expect(begin("/users/")).toEqual(["/assets/shell.js", "/assets/shared.js", "/assets/users.js"]);
  expect(begin("/users/u1")).toEqual(CODE.shell);
  expect(begin("/sign-in")).toEqual(CODE["/sign-in"]);
});

it("asks nobody where nothing was built", () => {
  expect(begin("/parts.html", null)).toEqual([]);
  expect(asked).not.toHaveBeenCalled();
});

const SESSION = { user_id: "7", roles: [], permissions: ["health.read"] };
const routes = Object.values(createConsoleRouter(new QueryClient()).routesById);
/** The pages whose addresses have no parts that change. */
const pages = routes.filter(({ id, fullPath }) => id !== "__root__" && id !== "/_console" && !fullPath.includes("$"));

it.each(pages.map(({ id, fullPath }) => [fullPath, id.startsWith("/_console/")] as const))(
  "asks at %s for what the program asks there first",
  async (address, isSignedIn) => {
    asked.mockImplementation(async (path) => {
      const isSession = path.endsWith("/console/session");
      if (isSession && !isSignedIn) return Response.json({}, { status: 401 });
      return Response.json(isSession ? SESSION : { needs_setup: false });
    });
    begin(address);
    const early = asked.mock.calls.flat();
    // What a provider has brought is said to another window: nothing is asked for it.
    expect(early.length > 0).toBe(address !== "/step-up");
    window.earlyAnswers?.clear();
    asked.mockClear();
    const router = createConsoleRouter(new QueryClient());
    router.update({ ...router.options, history: createMemoryHistory({ initialEntries: [address] }) });
    await router.load();
    expect(router.state.location.pathname).toBe(address);
    expect(asked.mock.calls.flat()).toEqual(early.map((path) => `again: ${window.location.origin}${path}`));
  },
);

it("knows the address of each page by its file", () => {
  const files = readdirSync("src/routes", { recursive: true, encoding: "utf8" });
  const found = files.map((file) => addressOf(`/web/src/routes/${file}`)).filter((address) => address !== undefined);
  expect(found.sort()).toEqual([...pages.map(({ fullPath }) => fullPath), "shell"].sort());
  expect(addressOf("/web/src/routes/_console/api-keys.tsx")).toBe("/api-keys");
  expect(addressOf("/web/src/routes/_console/users_.new.tsx")).toBe("/users/new");
  expect(addressOf("/web/src/routes/_console/mails.$mailId.tsx")).toBeUndefined();
});
