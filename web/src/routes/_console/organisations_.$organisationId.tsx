import { createFileRoute } from "@tanstack/react-router";
import { lazyPart } from "@/lib/lazy-part";

export const Route = createFileRoute("/_console/organisations_/$organisationId")({
  staticData: { permission: "organisations.read", inside: true },
  component: lazyPart(() =>
    import("@/features/organisations/organisation-page").then(({ OrganisationPage }) => OrganisationPage),
  ),
});
