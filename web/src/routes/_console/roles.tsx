import { msg } from "@lingui/core/macro";
import { createFileRoute } from "@tanstack/react-router";
import { UserCog } from "lucide-react";
import { lazyPart } from "@/lib/lazy-part";

/** What of the roles is looked at, and who may do what. */
interface RolesSearch {
  view?: "matrix" | "who";
  permission?: string;
}

export const Route = createFileRoute("/_console/roles")({
  staticData: {
    permission: "roles.read",
    section: {
      title: msg`Roles`,
      icon: UserCog,
      group: "people",
      order: 2,
      key: "r",
      keywords: msg`permissions rights access matrix`,
    },
  },
  validateSearch: ({ view, permission }: Record<string, unknown>): RolesSearch => {
    if (view === "matrix") return { view };
    if (view !== "who") return {};
    return { view, ...(typeof permission === "string" && { permission }) };
  },
  component: lazyPart(() => import("@/features/roles/roles-page").then(({ RolesPage }) => RolesPage)),
});
