import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, Outlet, redirect } from "@tanstack/react-router";
import { sessionQuery, stateQuery } from "@/api/queries";
import { NotFound } from "@/components/layout/not-found";
import { BarePageError, PageError } from "@/components/layout/page-error";
import { PagePending } from "@/components/layout/page-pending";
import { permitted } from "@/components/layout/permitted";
import { lazyPart } from "@/lib/lazy-part";
import { allowed } from "@/lib/permissions";
import { eventSearch, signInSearch, userSearch } from "./search";
import { SECTIONS } from "./sections";

const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
  errorComponent: BarePageError,
});

const setup = createRoute({
  getParentRoute: () => root,
  errorComponent: BarePageError,
  path: "/setup",
  loader: ({ context }) => context.queryClient.fetchQuery(stateQuery),
  component: lazyPart(() => import("@/features/session/setup-page").then(({ SetupPage }) => SetupPage)),
});

const reset = createRoute({
  getParentRoute: () => root,
  errorComponent: BarePageError,
  path: "/reset",
  loader: ({ context }) => context.queryClient.fetchQuery(stateQuery),
  component: lazyPart(() => import("@/features/session/reset-page").then(({ ResetPage }) => ResetPage)),
});

const signIn = createRoute({
  getParentRoute: () => root,
  errorComponent: BarePageError,
  path: "/sign-in",
  validateSearch: signInSearch,
  beforeLoad: async ({ context, search }) => {
    if (await context.queryClient.ensureQueryData(sessionQuery)) throw redirect({ href: search.next ?? "/" });
    const state = await context.queryClient.fetchQuery(stateQuery);
    if (state.needs_setup) throw redirect({ to: "/setup" });
  },
  component: lazyPart(() => import("@/features/session/sign-in-page").then(({ SignInPage }) => SignInPage)),
});

/** Everything behind the sign-in. */
const signedIn = createRoute({
  getParentRoute: () => root,
  errorComponent: BarePageError,
  id: "console",
  beforeLoad: async ({ context, location }) => {
    if (await context.queryClient.ensureQueryData(sessionQuery)) return;
    const next = location.href === "/" ? undefined : location.href;
    throw redirect({ to: "/sign-in", search: { next } });
  },
  component: lazyPart(() => import("@/components/layout/console-shell").then(({ ConsoleShell }) => ConsoleShell)),
});

const overview = createRoute({
  getParentRoute: () => signedIn,
  path: "/",
  // Whoever may not see the overview lands on the first page that they may see.
  beforeLoad: ({ context }) => {
    const held = context.queryClient.getQueryData(sessionQuery.queryKey)?.permissions ?? [];
    const first = allowed(SECTIONS, held)[0];
    if (first && first.path !== "/") throw redirect({ to: first.path });
  },
  component: permitted(
    "health.read",
    lazyPart(() => import("@/features/overview/overview-page").then(({ OverviewPage }) => OverviewPage)),
  ),
});

const events = createRoute({
  getParentRoute: () => signedIn,
  path: "/events",
  validateSearch: eventSearch,
  component: permitted(
    "events.read",
    lazyPart(() => import("@/features/events/events-page").then(({ EventsPage }) => EventsPage)),
  ),
});

const users = createRoute({
  getParentRoute: () => signedIn,
  path: "/users",
  validateSearch: userSearch,
  component: permitted(
    "users.read",
    lazyPart(() => import("@/features/users/users-page").then(({ UsersPage }) => UsersPage)),
  ),
});

const mails = createRoute({
  getParentRoute: () => signedIn,
  path: "/mails",
  component: permitted(
    "captured-mail.read",
    lazyPart(() => import("@/features/mails/mails-page").then(({ MailsPage }) => MailsPage)),
  ),
});

const mail = createRoute({
  getParentRoute: () => mails,
  path: "$mailId",
  component: lazyPart(() => import("@/features/mails/mail-detail").then(({ MailDetail }) => MailDetail)),
});

const anythingElse = createRoute({ getParentRoute: () => signedIn, path: "$", component: NotFound });

const routeTree = root.addChildren([
  setup,
  reset,
  signIn,
  signedIn.addChildren([overview, events, users, mails.addChildren([mail]), anythingElse]),
]);

/** Makes the router; the query client reaches every route through its context. */
export function createConsoleRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: "intent",
    defaultPendingComponent: PagePending,
    defaultErrorComponent: PageError,
    defaultNotFoundComponent: NotFound,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
