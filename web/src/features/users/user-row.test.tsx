import { cleanup, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import type { User } from "@/api/schema";
import { showPage } from "@/lib/show-page";
import { UserRow } from "./user-row";

afterEach(cleanup);

it("leads by its name to the user's page", async () => {
  const user = {
    id: "1",
    email: "ada@example.org",
    status: "active",
    roles: [],
    last_login_at: null,
    created_at: "2030-01-01T12:00:00Z",
  } as unknown as User;
  const Table = () => (
    <table>
      <tbody>
        <UserRow user={user} rowIndex={2} now={0} />
      </tbody>
    </table>
  );
  showPage(Table, "/_console/users");
  expect((await screen.findByRole("link", { name: "ada@example.org" })).getAttribute("href")).toBe("/users/1");
});
