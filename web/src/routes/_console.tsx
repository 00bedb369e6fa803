import { createFileRoute, redirect } from "@tanstack/react-router";
import { BarePageError } from "@/components/layout/page-error";
import { sessionQuery } from "@/features/session/queries";
import { lazyPart } from "@/lib/lazy-part";

/** Everything behind the sign-in. */
export const Route = createFileRoute("/_console")({
  errorComponent: BarePageError,
  beforeLoad: async ({ context, location }) => {
    if (await context.queryClient.ensureQueryData(sessionQuery)) return;
    const next = location.href === "/" ? undefined : location.href;
    throw redirect({ to: "/sign-in", search: { next } });
  },
  component: lazyPart(() => import("@/features/shell/console-shell").then(({ ConsoleShell }) => ConsoleShell)),
});
