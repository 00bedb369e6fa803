import { createFileRoute } from "@tanstack/react-router";
import { lazyPart } from "@/lib/lazy-part";

export const Route = createFileRoute("/_console/mails/$mailId")({
  component: lazyPart(() => import("@/features/mails/mail-detail").then(({ MailDetail }) => MailDetail)),
});
