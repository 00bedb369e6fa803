import { createFileRoute } from "@tanstack/react-router";
import { lazyPart } from "@/lib/lazy-part";

export const Route = createFileRoute("/_console/organisations_/$organisationId_/teams/$teamId")({
  staticData: { permission: "organisations.read", inside: true },
  component: lazyPart(() => import("@/features/teams/team-page").then(({ TeamPage }) => TeamPage)),
});
