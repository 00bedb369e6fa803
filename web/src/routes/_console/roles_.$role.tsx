import { createFileRoute } from "@tanstack/react-router";
import { lazyPart } from "@/lib/lazy-part";

export const Route = createFileRoute("/_console/roles_/$role")({
  staticData: { permission: "roles.read" },
  component: lazyPart(() => import("@/features/roles/role-page").then(({ RolePage }) => RolePage)),
});
