import { msg } from "@lingui/core/macro";
import { createFileRoute } from "@tanstack/react-router";
import { Building2 } from "lucide-react";
import { lazyPart } from "@/lib/lazy-part";
import { searchText } from "@/lib/search-text";

/** How many characters the server lets a search have. */
const LONGEST_SEARCH = 200;

interface OrganisationsSearch {
  /** How the names begin. */
  search?: string | undefined;
}

export const Route = createFileRoute("/_console/organisations")({
  staticData: {
    permission: "organisations.read",
    inside: true,
    section: {
      title: msg`Organisations`,
      icon: Building2,
      group: "people",
      order: 3,
      key: "n",
      keywords: msg`companies teams customers tenants members`,
    },
  },
  validateSearch: ({ search }: Record<string, unknown>): OrganisationsSearch => ({
    search: searchText(search)?.slice(0, LONGEST_SEARCH),
  }),
  component: lazyPart(() =>
    import("@/features/organisations/organisations-page").then(({ OrganisationsPage }) => OrganisationsPage),
  ),
});
