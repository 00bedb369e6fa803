import { msg } from "@lingui/core/macro";
import { createFileRoute } from "@tanstack/react-router";
import { Users } from "lucide-react";
import { readUserFilter } from "@/features/users/user-filter";
import { lazyPart } from "@/lib/lazy-part";

export const Route = createFileRoute("/_console/users")({
  staticData: {
    permission: "users.read",
    section: {
      title: msg`Users`,
      icon: Users,
      group: "people",
      order: 1,
      key: "u",
      keywords: msg`people accounts search`,
    },
  },
  validateSearch: readUserFilter,
  component: lazyPart(() => import("@/features/users/users-page").then(({ UsersPage }) => UsersPage)),
});
