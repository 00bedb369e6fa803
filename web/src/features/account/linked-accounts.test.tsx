import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { showPage } from "@/lib/show-page";
import { LinkedAccounts } from "./linked-accounts";

afterEach(cleanup);

const identity = (id: string, provider: string, label: string, isPrimary: boolean) => ({
  id,
  provider,
  label,
  email: "ada@elsewhere.example",
  is_primary: isPrimary,
  linked_at: "2030-01-01T12:00:00Z",
  last_used_at: null,
});

/** Answers as the server does; gives what was asked besides reading. */
function serve(providers: object[], linked: object[]) {
  const asked: string[] = [];
  let identities = linked as { id: string }[];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (request.method !== "GET") asked.push(`${request.method} ${pathname}`);
    if (request.method === "POST") return Response.json({ url: "https://id.example/auth/providers/google/link" });
    if (request.method === "DELETE") {
      identities = identities.filter(({ id }) => !pathname.endsWith(id));
      return new Response(null, { status: 204 });
    }
    if (request.method === "PUT") return new Response(null, { status: 204 });
    return Response.json({ items: pathname.endsWith("/linked") ? identities : providers });
  });
  return asked;
}

it("links what is not linked yet, by way of the provider", async () => {
  const asked = serve(
    [
      { name: "google", label: "Google" },
      { name: "github", label: "GitHub" },
    ],
    [identity("one", "github", "GitHub", true)],
  );
  const leave = vi.fn();
  showPage(() => <LinkedAccounts leave={leave} />, "/account");
  await userEvent.click(await screen.findByRole("button", { name: "Link Google" }));
  expect(screen.queryByRole("button", { name: "Link GitHub" })).toBeNull();
  await vi.waitFor(() => expect(leave.mock.calls[0]?.[0]).toBe("https://id.example/auth/providers/google/link"));
  expect(asked).toEqual(["POST /api/v1/auth/providers/google/link"]);
});

it("unlinks after a question, and makes another one the first", async () => {
  const asked = serve([], [identity("one", "google", "Google", true), identity("two", "github", "GitHub", false)]);
  showPage(() => <LinkedAccounts />, "/account");
  await userEvent.click(await screen.findByRole("button", { name: "Make first" }));
  await userEvent.click(screen.getByRole("button", { name: "Unlink Google" }));
  const question = await screen.findByRole("alertdialog", { name: "Unlink Google?" });
  await userEvent.click(question.querySelector("[type=submit]") ?? question);
  await vi.waitFor(() => expect(screen.queryByText("Google")).toBeNull());
  expect(asked).toEqual(["PUT /api/v1/auth/providers/linked/two/primary", "DELETE /api/v1/auth/providers/linked/one"]);
});
