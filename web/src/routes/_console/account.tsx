import { createFileRoute } from "@tanstack/react-router";
import { lazyPart } from "@/lib/lazy-part";

export const Route = createFileRoute("/_console/account")({
  component: lazyPart(() => import("@/features/account/account-page").then(({ AccountPage }) => AccountPage)),
});
