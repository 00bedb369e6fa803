import { createFileRoute } from "@tanstack/react-router";
import { lazyPart } from "@/lib/lazy-part";

export const Route = createFileRoute("/_console/api-keys_/service-accounts/$accountId")({
  staticData: { permission: "service-accounts.read" },
  component: lazyPart(() =>
    import("@/features/api-keys/service-account-page").then(({ ServiceAccountPage }) => ServiceAccountPage),
  ),
});
