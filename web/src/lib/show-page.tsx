import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  RouterProvider,
} from "@tanstack/react-router";
import { render as renderBare } from "@testing-library/react";
import type { ReactNode } from "react";

const Words = ({ children }: { children: ReactNode }) => <I18nProvider i18n={i18n}>{children}</I18nProvider>;

/** Shows a part of a page with the words that it needs, for tests. */
export const render = (part: ReactNode) => renderBare(part, { wrapper: Words });

/** Shows a page at its address, for tests. @param data what its loader gives */
export function showPage(Page: () => ReactNode, address: string, data?: object): void {
  const root = createRootRoute({ component: Outlet });
  const page = createRoute({
    getParentRoute: () => root,
    path: address.split(/[?#]/)[0] ?? "/",
    loader: () => data,
    component: Page,
  });
  const history = createMemoryHistory({ initialEntries: [address] });
  const router = createRouter({ routeTree: root.addChildren([page]), history });
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <RouterProvider router={router as never} />
    </QueryClientProvider>,
  );
}
