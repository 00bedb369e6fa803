import { createFileRoute } from "@tanstack/react-router";
import { lazyPart } from "@/lib/lazy-part";

export const Route = createFileRoute("/_console/users_/$userId")({
  staticData: { permission: "users.read" },
  component: lazyPart(() => import("@/features/users/user-page").then(({ UserPage }) => UserPage)),
});
