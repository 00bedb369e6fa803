import { createFileRoute } from "@tanstack/react-router";
import { BarePageError } from "@/components/layout/page-error";
import { stateQuery } from "@/features/session/queries";
import { lazyPart } from "@/lib/lazy-part";

export const Route = createFileRoute("/reset")({
  errorComponent: BarePageError,
  loader: ({ context }) => context.queryClient.fetchQuery(stateQuery),
  component: lazyPart(() => import("@/features/session/reset-page").then(({ ResetPage }) => ResetPage)),
});
