import { createFileRoute, redirect } from "@tanstack/react-router";
import { BarePageError } from "@/components/layout/page-error";
import { sessionQuery, stateQuery } from "@/features/session/queries";
import { lazyPart } from "@/lib/lazy-part";

interface SignInSearch {
  /** Where to go after signing in: a path of this console, never another site. */
  next?: string | undefined;
  /** Whether somebody comes here because their session is over. */
  ended?: true | undefined;
}

export const Route = createFileRoute("/sign-in")({
  errorComponent: BarePageError,
  validateSearch: ({ next, ended }: Record<string, unknown>): SignInSearch => {
    const isSafe = typeof next === "string" && /^\/(?![/\\])/.test(next);
    return { next: isSafe ? next : undefined, ended: ended === true ? true : undefined };
  },
  beforeLoad: async ({ context, search }) => {
    if (await context.queryClient.ensureQueryData(sessionQuery)) throw redirect({ href: search.next ?? "/" });
    const state = await context.queryClient.fetchQuery(stateQuery);
    if (state.needs_setup) throw redirect({ to: "/setup" });
  },
  component: lazyPart(() => import("@/features/session/sign-in-page").then(({ SignInPage }) => SignInPage)),
});
