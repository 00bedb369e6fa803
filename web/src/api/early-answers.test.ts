import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { answerOf, api } from "./client";
import { ApiError } from "./problem";

const asked = vi.fn<(address: string) => Promise<Response>>();
const CODE = { shell: ["/assets/shell.js", "/assets/shared.js"], "/users": ["/assets/users.js", "/assets/shared.js"] };
const answer = (body: object) => Promise.resolve(Response.json(body));

/** Begins at an address as the page does. @returns the code that is fetched before the program is there */
function begin(path: string): string[] {
  window.history.replaceState(null, "", path);
  window.matchMedia = () => ({ matches: false }) as MediaQueryList;
  document.documentElement.dataset.early = JSON.stringify({ words: {}, code: CODE });
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

it("asks for what the page at the address needs, and for no session where a link is opened, or on the page of parts", () => {
  asked.mockImplementation(() => answer({}));
  expect(begin("/users")).toEqual(["/assets/shell.js", "/assets/shared.js", "/assets/users.js"]);
  expect(begin("/users/u1")).toEqual(CODE.shell);
  expect(begin("/sign-in")).toEqual([]);
  expect(asked.mock.calls.flat()).toEqual([
    "/console/session",
    "/console/session",
    "/console/session",
    "/console/state",
  ]);
  asked.mockClear();
  begin("/setup");
  begin("/reset");
  begin("/parts.html");
  expect(asked).not.toHaveBeenCalled();
});
