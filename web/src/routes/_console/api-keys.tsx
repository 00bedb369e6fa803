import { msg } from "@lingui/core/macro";
import { createFileRoute } from "@tanstack/react-router";
import { KeySquare } from "lucide-react";
import { lazyPart } from "@/lib/lazy-part";

/** Keys, or those who are programs. */
interface ApiKeysSearch {
  view?: "service-accounts";
}

export const Route = createFileRoute("/_console/api-keys")({
  staticData: {
    permission: "api-keys.read",
    section: {
      title: msg`API keys`,
      icon: KeySquare,
      group: "people",
      order: 4,
      key: "k",
      keywords: msg`tokens programs machines secrets service accounts`,
    },
  },
  validateSearch: ({ view }: Record<string, unknown>): ApiKeysSearch => (view === "service-accounts" ? { view } : {}),
  component: lazyPart(() => import("@/features/api-keys/api-keys-page").then(({ ApiKeysPage }) => ApiKeysPage)),
});
