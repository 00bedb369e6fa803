import { cleanup, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import type { User } from "@/api/schema";
import { render } from "@/lib/show-page";
import { UserRow } from "./user-row";

afterEach(cleanup);

it("looks like nothing that could be clicked, for it leads nowhere", () => {
  const user = {
    id: "1",
    email: "ada@example.org",
    status: "active",
    roles: [],
    last_login_at: null,
    created_at: "2030-01-01T12:00:00Z",
  } as unknown as User;
  render(
    <table>
      <tbody>
        <UserRow user={user} rowIndex={2} now={0} />
      </tbody>
    </table>,
  );
  expect(screen.getByRole("row").className).not.toMatch(/hover:|cursor-pointer/);
});
