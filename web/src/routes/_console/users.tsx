import { msg } from "@lingui/core/macro";
import { createFileRoute } from "@tanstack/react-router";
import { Users } from "lucide-react";
import { LONGEST_SEARCH, USER_STATUSES, type UserFilter } from "@/features/users/queries";
import { lazyPart } from "@/lib/lazy-part";
import { searchText } from "@/lib/search-text";

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
  validateSearch: ({ search, status }: Record<string, unknown>): UserFilter => ({
    search: searchText(search)?.slice(0, LONGEST_SEARCH),
    status: USER_STATUSES.find((known) => known === status),
  }),
  component: lazyPart(() => import("@/features/users/users-page").then(({ UsersPage }) => UsersPage)),
});
