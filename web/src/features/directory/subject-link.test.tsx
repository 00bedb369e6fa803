import { cleanup, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { showPage } from "@/lib/show-page";
import { SubjectLink } from "./subject-link";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const GONE = "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42";

/** Shows who has an id to somebody with these permissions, on a platform with one person and one program; gives what was asked. */
function show(id: string, kind: "service-account" | undefined, ...permissions: string[]) {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    const answers: Record<string, object> = {
      "/console/session": { user_id: "1", permissions },
      "/api/v1/users/ada": { id: "ada", email: "ada@example.org", display_name: "Ada" },
      "/api/v1/service-accounts": { items: [{ id: "robot", name: "Warehouse" }], next_cursor: null },
    };
    const answer = answers[pathname];
    if (answer) return Response.json(answer);
    const headers = { "content-type": "application/problem+json" };
    const problem = { type: "urn:orion:problem:not-found", title: "Not found", status: 404 };
    return new Response(JSON.stringify(problem), { status: 404, headers });
  });
  showPage(
    () => (
      <p>
        Of <SubjectLink id={id} {...(kind && { kind })} />
      </p>
    ),
    "/api-keys",
  );
  return asked;
}

const text = () => screen.getByText(/^Of/).textContent;

it("leads to a person, and to a program", async () => {
  show("ada", undefined, "users.read", "service-accounts.read");
  expect((await screen.findByRole("link", { name: "Ada" })).getAttribute("href")).toBe("/users/ada");
  cleanup();
  show("robot", undefined, "users.read", "service-accounts.read");
  const link = await screen.findByRole("link", { name: "Warehouse" });
  expect(link.getAttribute("href")).toBe("/api-keys/service-accounts/robot");
});

it("says of one who is no more that they are deleted, and leads nowhere", async () => {
  const asked = show(GONE, undefined, "users.read", "service-accounts.read");
  await vi.waitFor(() => expect(text()).toBe("Of …0c8e1b42 (deleted)"));
  expect(screen.queryByRole("link")).toBeNull();
  expect(asked.filter((path) => path === `/api/v1/users/${GONE}`)).toHaveLength(1);
});

it("asks nobody else for a program that is not among all of them", async () => {
  const asked = show(GONE, "service-account", "users.read", "service-accounts.read");
  await vi.waitFor(() => expect(text()).toBe("Of …0c8e1b42 (deleted)"));
  expect(asked.filter((path) => path.includes(GONE))).toEqual([]);
});

it("says nothing of the kind to who does not see people and programs", async () => {
  const asked = show(GONE, undefined, "users.read");
  await vi.waitFor(() => expect(asked).toContain(`/api/v1/users/${GONE}`));
  // It may be a program.
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(text()).toBe("Of …0c8e1b42");
});
