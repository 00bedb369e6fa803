import { msg } from "@lingui/core/macro";
import { createFileRoute } from "@tanstack/react-router";
import { UserCog } from "lucide-react";
import { readRolesSearch } from "@/features/roles/roles-search";
import { lazyPart } from "@/lib/lazy-part";

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
  validateSearch: readRolesSearch,
  component: lazyPart(() => import("@/features/roles/roles-page").then(({ RolesPage }) => RolesPage)),
});
