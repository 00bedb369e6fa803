import { cleanup, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { showPage } from "@/lib/show-page";
import { UsersPage } from "./users-page";

afterEach(cleanup);

it("begins at the top for another search or status", async () => {
  const items = Array.from({ length: 50 }, (_, index) => ({ id: String(index), email: `user${index}@example.org` }));
  vi.stubGlobal("fetch", async (request: Request) =>
    Response.json(request.url.includes("/roles") ? { items: [], next_cursor: null } : { items, next_cursor: "more" }),
  );
  showPage(UsersPage, "/_console/users");
  const place = async () => (await screen.findByRole("region", { name: "List of users" })).scrollTop;
  const scrollDown = async () => {
    (await screen.findByRole("region", { name: "List of users" })).scrollTop = 2_000;
    expect(await place()).toBe(2_000);
  };
  await scrollDown();
  await userEvent.click(screen.getByLabelText("Active"));
  await waitFor(async () => expect(await place()).toBe(0));
  await scrollDown();
  await userEvent.type(screen.getByLabelText("Search users"), "user");
  await waitFor(async () => expect(await place()).toBe(0));
});
