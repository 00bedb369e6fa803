import { msg } from "@lingui/core/macro";
import { createFileRoute } from "@tanstack/react-router";
import { Mails } from "lucide-react";
import { lazyPart } from "@/lib/lazy-part";

export const Route = createFileRoute("/_console/mails")({
  staticData: {
    permission: "captured-mail.read",
    section: {
      title: msg`Captured mails`,
      icon: Mails,
      group: "people",
      order: 2,
      key: "m",
      keywords: msg`messages email inbox`,
    },
  },
  component: lazyPart(() => import("@/features/mails/mails-page").then(({ MailsPage }) => MailsPage)),
});
