import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  RouterProvider,
  useParams,
} from "@tanstack/react-router";
import { act, cleanup, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it } from "vitest";
import { render } from "@/lib/show-page";
import { MailList } from "./mail-list";

afterEach(cleanup);

const mails = ["a", "b", "c"].map((id) => ({
  id,
  from: "orion@example.org",
  to: `${id}@example.org`,
  subject: "Welcome",
  captured_at: "2030-01-01T12:00:00Z",
}));
const query = { hasNextPage: false, isFetchingNextPage: false, error: null, fetchNextPage: async () => ({}) as never };

it("lets the arrow keys choose the mail above or below, stops at the ends, and is left by one step back", async () => {
  const root = createRootRoute({ component: Outlet });
  const list = createRoute({
    getParentRoute: () => root,
    path: "/mails",
    component: () => <MailList mails={mails} query={query} chosen={useParams({ strict: false }).mailId} />,
  });
  const mail = createRoute({ getParentRoute: () => list, path: "$mailId" });
  const history = createMemoryHistory({ initialEntries: ["/mails"] });
  const router = createRouter({ routeTree: root.addChildren([list.addChildren([mail])]), history });
  render(<RouterProvider router={router as never} />);
  await userEvent.click(await screen.findByRole("link", { name: /b@example/ }));
  await userEvent.keyboard("{ArrowDown}");
  expect(router.state.location.pathname).toBe("/mails/c");
  await userEvent.keyboard("{ArrowDown}");
  expect(router.state.location.pathname).toBe("/mails/c");
  await userEvent.keyboard("{ArrowUp}{ArrowUp}{ArrowUp}");
  expect(router.state.location.pathname).toBe("/mails/a");
  expect(document.activeElement?.textContent).toContain("a@example.org");
  act(() => router.history.back());
  await waitFor(() => expect(router.state.location.pathname).toBe("/mails"));
});
