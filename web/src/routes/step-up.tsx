import { createFileRoute } from "@tanstack/react-router";
import { BarePageError } from "@/components/layout/page-error";
import { lazyPart } from "@/lib/lazy-part";

export const Route = createFileRoute("/step-up")({
  errorComponent: BarePageError,
  component: lazyPart(() => import("@/features/session/step-up-page").then(({ StepUpPage }) => StepUpPage)),
});
