import { msg } from "@lingui/core/macro";
import { createFileRoute } from "@tanstack/react-router";
import { Activity } from "lucide-react";
import { lazyPart } from "@/lib/lazy-part";
import { searchText } from "@/lib/search-text";

interface EventsSearch {
  /** A condition that the log is asked for. */
  filter?: string | undefined;
  /** Words among the live events. */
  search?: string | undefined;
}

export const Route = createFileRoute("/_console/events")({
  staticData: {
    permission: "events.read",
    section: {
      title: msg`Events`,
      icon: Activity,
      group: "platform",
      order: 2,
      key: "e",
      keywords: msg`live stream tail log`,
    },
  },
  validateSearch: ({ filter, search }: Record<string, unknown>): EventsSearch => ({
    filter: searchText(filter),
    search: searchText(search),
  }),
  component: lazyPart(() => import("@/features/events/events-page").then(({ EventsPage }) => EventsPage)),
});
