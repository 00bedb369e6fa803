import { createFileRoute } from "@tanstack/react-router";
import { NotFound } from "@/components/layout/not-found";

/** Any other address. */
export const Route = createFileRoute("/_console/$")({ component: NotFound });
