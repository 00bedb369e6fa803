import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Link,
  Outlet,
  RouterProvider,
} from "@tanstack/react-router";
import { cleanup, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { render, showPage } from "@/lib/show-page";
import { MailDetail } from "./mail-detail";

afterEach(cleanup);

function refuse(status: number, title: string): void {
  const problem = { type: "about:blank", title, status };
  const headers = { "content-type": "application/problem+json" };
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify(problem), { status, headers }));
}

it.each([400, 404])("offers the list where no mail is (%i), for asking again never helps", async (status) => {
  refuse(status, "The request cannot be read");
  showPage(MailDetail, "/_console/mails/$mailId");
  expect(await screen.findByRole("heading", { name: "There is no such mail" })).toBeTruthy();
  expect(screen.getByRole("link", { name: "Go to all mails" }).getAttribute("href")).toBe("/mails");
  expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
});

it("can be asked again after any other failure", async () => {
  refuse(500, "Something went wrong");
  showPage(MailDetail, "/_console/mails/$mailId");
  expect(await screen.findByRole("button", { name: "Try again" })).toBeTruthy();
});

const mail = {
  id: "one",
  from: "orion@example.org",
  to: "ada@example.org",
  subject: "Welcome",
  text: "Welcome",
  html: "<p>Welcome</p>",
  captured_at: "2030-01-01T12:00:00Z",
};

it("shows no frame for HTML that cannot be had, and one once it can", async () => {
  let isAway = true;
  vi.stubGlobal("fetch", async ({ url }: Request) => {
    if (!url.endsWith("/preview")) return Response.json(mail);
    if (isAway) throw new TypeError("Failed to fetch");
    return new Response(mail.html);
  });
  showPage(MailDetail, "/_console/mails/$mailId");
  const again = await screen.findByRole("button", { name: "Try again" });
  expect(screen.queryByTitle("Preview of “Welcome”")).toBeNull();
  isAway = false;
  await userEvent.click(again);
  const frame = await screen.findByTitle("Preview of “Welcome”");
  expect(frame.getAttribute("sandbox")).toBe("allow-popups allow-popups-to-escape-sandbox");
});

it("shows the next mail in the form that was chosen for the one before", async () => {
  vi.stubGlobal("fetch", async ({ url }: Request) => Response.json({ ...mail, id: url.split("/").pop() }));
  const Page = () => (
    <>
      <Link to="/mails/$mailId" params={{ mailId: "two" }}>
        Next
      </Link>
      <MailDetail />
    </>
  );
  const root = createRootRoute({ component: Outlet });
  const frame = createRoute({ getParentRoute: () => root, id: "_console" });
  const page = createRoute({ getParentRoute: () => frame, path: "/mails/$mailId", component: Page });
  const history = createMemoryHistory({ initialEntries: ["/mails/one"] });
  const router = createRouter({ routeTree: root.addChildren([frame.addChildren([page])]), history });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <RouterProvider router={router as never} />
    </QueryClientProvider>,
  );
  await userEvent.click(await screen.findByRole("tab", { name: "Text" }));
  await userEvent.click(screen.getByRole("link", { name: "Next" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/mails/two"));
  expect((await screen.findByRole("tab", { name: "Text" })).getAttribute("aria-selected")).toBe("true");
});
