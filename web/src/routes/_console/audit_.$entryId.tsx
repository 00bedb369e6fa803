import { createFileRoute } from "@tanstack/react-router";
import { lazyPart } from "@/lib/lazy-part";

export const Route = createFileRoute("/_console/audit_/$entryId")({
  staticData: { permission: "audit.read", inside: true },
  component: lazyPart(async () => (await import("@/features/audit/entry-page")).EntryPage),
});
