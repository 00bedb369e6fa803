import {
  createBrowserHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Link,
  Outlet,
  RouterProvider,
} from "@tanstack/react-router";
import { act, cleanup, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useEffect } from "react";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { fetchParts } from "@/lib/lazy-part";
import { render } from "@/lib/show-page";
import { SchemaForm } from "../schema-form/schema-form";
import { forgetDrafts, mayLeave } from "./drafts";
import { LeaveGuard } from "./leave-guard";

const SCHEMA = { type: "object", properties: { name: { type: "string" } } } as const;
const VALUE = { name: "Ada" };

/** Takes the focus when it is opened, as the console's frame does it. */
function Other() {
  useEffect(() => document.querySelector("main")?.focus(), []);
  return <h1>Other</h1>;
}
const Frame = () => (
  <>
    <Link to={"/other" as never}>Other page</Link>
    <Link to={"/" as never} search={{ filter: "x" } as never}>
      Filter
    </Link>
    <main tabIndex={-1}>
      <Outlet />
    </main>
    <LeaveGuard />
  </>
);
const Form = ({ label }: { label: string }) => (
  <SchemaForm label={label} schema={SCHEMA} value={VALUE} onSubmit={async () => undefined} />
);
const Forms = () => (
  <>
    <Form label="First" />
    <Form label="Second" />
  </>
);

function show() {
  const root = createRootRoute({ component: Outlet });
  const frame = createRoute({ getParentRoute: () => root, id: "frame", component: Frame });
  const page = (path: string, component: () => React.ReactNode) =>
    createRoute({ getParentRoute: () => frame, path, component });
  const outside = createRoute({ getParentRoute: () => root, path: "/outside", component: () => <h1>Outside</h1> });
  const routeTree = root.addChildren([frame.addChildren([page("/", Forms), page("/other", Other)]), outside]);
  const router = createRouter({ routeTree, history: createBrowserHistory() });
  render(<RouterProvider router={router as never} />);
  return router;
}
let router: ReturnType<typeof show>;
beforeAll(fetchParts);
beforeEach(async () => {
  window.history.replaceState(null, "", "/");
  router = show();
  await screen.findAllByRole("textbox");
});
afterEach(() => {
  cleanup();
  router.history.destroy();
});

const fields = () => screen.getAllByRole<HTMLInputElement>("textbox");
const question = () => screen.findByRole("alertdialog", { name: "Leave without saving?" });
const press = async (name: string) => userEvent.click(await screen.findByRole("button", { name }));
const isAsked = () => screen.queryByRole("alertdialog") !== null;
const click = (name: string) => userEvent.click(screen.getByRole("link", { name }));
const typeInBoth = async () => {
  for (const field of fields()) await userEvent.type(field, " Lovelace");
};
/** Whether the browser would ask before it closes the page. */
const closes = () => !window.dispatchEvent(new Event("beforeunload", { cancelable: true }));

it("lets go at once where nothing was typed, or it was taken back or saved", async () => {
  await typeInBoth();
  expect(closes()).toBe(true);
  await userEvent.click(screen.getAllByRole("button", { name: "Save" })[0] as HTMLElement);
  expect(closes()).toBe(true);
  await userEvent.click(screen.getAllByRole("button", { name: "Discard" })[1] as HTMLElement);
  expect(closes()).toBe(false);
  await click("Other page");
  expect(await screen.findByRole("heading", { name: "Other" })).toBeTruthy();
  expect(isAsked()).toBe(false);
});

it("asks once for all forms, and keeps what was typed for one who stays", async () => {
  await typeInBoth();
  await click("Other page");
  await question();
  await press("Cancel");
  await waitFor(() => expect(isAsked()).toBe(false));
  expect(fields().map(({ value }) => value)).toEqual(["Ada Lovelace", "Ada Lovelace"]);
  expect(window.location.pathname).toBe("/");
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("link", { name: "Other page" })));
});

it("goes where one wanted to go, takes no focus from there, and asks no more", async () => {
  await typeInBoth();
  await click("Other page");
  await question();
  await press("Leave");
  expect(await screen.findByRole("heading", { name: "Other" })).toBeTruthy();
  await waitFor(() => expect(isAsked()).toBe(false));
  expect(document.activeElement).toBe(screen.getByRole("main"));
  expect(closes()).toBe(false);
});

it("asks when somebody goes back, and stays where it was", async () => {
  await click("Other page");
  await screen.findByRole("heading", { name: "Other" });
  act(() => router.history.back());
  await screen.findAllByRole("textbox");
  await typeInBoth();
  act(() => router.history.forward());
  await question();
  await press("Cancel");
  await waitFor(() => expect(window.location.pathname).toBe("/"));
  expect(fields()[0]?.value).toBe("Ada Lovelace");
});

it("asks anew when somebody goes back once more meanwhile, and the address stays all the time", async () => {
  for (const to of ["/other", "/outside", "/"]) await act(() => router.navigate({ to: to as never }));
  await screen.findAllByRole("textbox");
  await typeInBoth();
  for (const _ of ["once", "twice"]) {
    act(() => window.history.back());
    await question();
    await waitFor(() => expect(window.location.pathname).toBe("/"));
  }
  await press("Cancel");
  await waitFor(() => expect(isAsked()).toBe(false));
  expect([window.location.pathname, fields()[0]?.value]).toEqual(["/", "Ada Lovelace"]);
  act(() => window.history.back());
  await question();
  await press("Leave");
  expect(await screen.findByRole("heading", { name: "Outside" })).toBeTruthy();
  expect(window.location.pathname).toBe("/outside");
});

it("lets a question go that was overtaken by what goes in any case", async () => {
  await typeInBoth();
  await click("Other page");
  await question();
  await act(() => router.navigate({ to: "/outside" as never, ignoreBlocker: true }));
  expect(await screen.findByRole("heading", { name: "Outside" })).toBeTruthy();
  await act(() => new Promise((resolve) => setTimeout(resolve, 50)));
  expect(window.location.pathname).toBe("/outside");
});

it("lets the page go without a question once what was typed is forgotten", async () => {
  await typeInBoth();
  expect(closes()).toBe(true);
  forgetDrafts();
  expect(closes()).toBe(false);
});

it("does not ask for a filter of the same page, nor for what goes in any case", async () => {
  await typeInBoth();
  await click("Filter");
  await waitFor(() => expect(window.location.search).toBe("?filter=x"));
  expect([isAsked(), fields()[0]?.value]).toEqual([false, "Ada Lovelace"]);
  await act(() => router.navigate({ to: "/other" as never, ignoreBlocker: true }));
  expect(await screen.findByRole("heading", { name: "Other" })).toBeTruthy();
  expect(isAsked()).toBe(false);
});

it("is asked by what is no navigation as well, and the newer question counts", async () => {
  expect(await mayLeave()).toBe(true);
  await typeInBoth();
  const [first, second] = [mayLeave(), mayLeave()];
  expect(await first).toBe(false);
  await question();
  await press("Leave");
  expect(await second).toBe(true);
  expect(await mayLeave(false)).toBe(true);
});

it("asks a second time who asks again at once", async () => {
  await typeInBoth();
  const twice = mayLeave().then(() => mayLeave());
  await question();
  await press("Leave");
  await question();
  await press("Leave");
  expect(await twice).toBe(true);
});

it("holds up nobody where it is not on the page", async () => {
  await typeInBoth();
  const asked = mayLeave();
  await question();
  cleanup();
  expect(await asked).toBe(true);
  expect(await mayLeave(true)).toBe(true);
});
