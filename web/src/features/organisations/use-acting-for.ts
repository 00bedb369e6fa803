import { useQuery } from "@tanstack/react-query";
import { useSession } from "@/features/session/session-life";
import { membershipsQuery } from "./membership-queries";

/** Whom one could act for, and for whom one does. */
export function useActingFor() {
  const session = useSession();
  const organisations = useQuery({ ...membershipsQuery(undefined), enabled: session !== null }).data?.items ?? [];
  const actsFor = session?.organisation ?? null;
  const known = organisations.find(({ organisation }) => organisation.id === actsFor?.id)?.organisation;
  return {
    organisations: organisations.map(({ organisation }) => organisation),
    actsFor: actsFor && { id: actsFor.id, name: known?.name ?? actsFor.name },
    /** As whom one acts instead of as oneself, while one does: they act for nobody. */
    actsAs: session?.acting && (session.display_name ?? session.email),
  };
}
