import { createRootRouteWithContext, Outlet } from "@tanstack/react-router";
import { BarePageError } from "@/components/layout/page-error";
import type { RouterContext } from "@/router";

export const Route = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  errorComponent: BarePageError,
});
