import { msg } from "@lingui/core/macro";
import { createFileRoute } from "@tanstack/react-router";
import { ShieldCheck } from "lucide-react";
import { readSecuritySearch } from "@/features/security/views";
import { lazyPart } from "@/lib/lazy-part";

export const Route = createFileRoute("/_console/security")({
  staticData: {
    permission: "security.read",
    section: {
      title: msg`Security`,
      icon: ShieldCheck,
      group: "platform",
      order: 3,
      key: "y",
      keywords: msg`sign-ins attempts throttles signing keys`,
    },
  },
  validateSearch: readSecuritySearch,
  component: lazyPart(async () => (await import("@/features/security/security-page")).SecurityPage),
});
