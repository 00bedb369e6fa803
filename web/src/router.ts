import type { QueryClient } from "@tanstack/react-query";
import { type AnyRoute, createRouter } from "@tanstack/react-router";
import { NotFound } from "@/components/layout/not-found";
import { PageError } from "@/components/layout/page-error";
import { PagePending } from "@/components/layout/page-pending";
import { routeTree } from "./route-tree.gen";

/** What every route can use when it is gone to. */
export interface RouterContext {
  queryClient: QueryClient;
  /** All routes, whose `staticData` says what they are. */
  routes: () => AnyRoute[];
}

/** Makes the router; the query client reaches every route through its context. */
export function createConsoleRouter(queryClient: QueryClient) {
  const routes = (): AnyRoute[] => Object.values(router.routesById);
  const router = createRouter({
    routeTree,
    context: { queryClient, routes },
    defaultPreload: "intent",
    defaultPendingComponent: PagePending,
    defaultErrorComponent: PageError,
    defaultNotFoundComponent: NotFound,
  });
  return router;
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
