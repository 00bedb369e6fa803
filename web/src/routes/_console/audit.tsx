import { msg } from "@lingui/core/macro";
import { createFileRoute } from "@tanstack/react-router";
import { ScrollText } from "lucide-react";
import { readAuditSearch } from "@/features/audit/filter";
import { lazyPart } from "@/lib/lazy-part";

export const Route = createFileRoute("/_console/audit")({
  staticData: {
    permission: "audit.read",
    inside: true,
    section: {
      title: msg`Audit log`,
      icon: ScrollText,
      group: "platform",
      order: 4,
      key: "a",
      keywords: msg`who did what history changes proof chain export`,
    },
  },
  validateSearch: readAuditSearch,
  component: lazyPart(async () => (await import("@/features/audit/audit-page")).AuditPage),
});
