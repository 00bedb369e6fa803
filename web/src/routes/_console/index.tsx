import { msg } from "@lingui/core/macro";
import { createFileRoute, redirect } from "@tanstack/react-router";
import { LayoutGrid } from "lucide-react";
import { sessionQuery } from "@/features/session/queries";
import { lazyPart } from "@/lib/lazy-part";
import { permittedSections } from "@/lib/sections";

export const Route = createFileRoute("/_console/")({
  staticData: {
    permission: "health.read",
    section: {
      title: msg`Overview`,
      icon: LayoutGrid,
      group: "platform",
      order: 1,
      key: "o",
      keywords: msg`health status services home`,
    },
  },
  // Whoever may not see the overview lands on the first page that they may see.
  beforeLoad: ({ context }) => {
    const session = context.queryClient.getQueryData(sessionQuery.queryKey);
    const first = permittedSections(context.routes(), session ?? null)[0];
    // Whoever acts as somebody without the console still sees what is theirs.
    if (!first && session?.acting) throw redirect({ to: "/account" });
    if (first && first.path !== "/") throw redirect({ to: first.path });
  },
  component: lazyPart(() => import("@/features/overview/overview-page").then(({ OverviewPage }) => OverviewPage)),
});
