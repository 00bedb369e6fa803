import { useQuery } from "@tanstack/react-query";
import type { Team } from "@/api/schema";
import { useHeldOf, useSession } from "@/features/session/session-life";
import { holds } from "@/lib/permissions";
import { mayChangeQuery } from "./queries";

/** Whether whoever looks may change a team: every one of the organisation, or this one alone, which is asked. */
export function useMayChange(team: Team): boolean {
  const isKnown = useSession() !== null;
  const mayAll = holds(useHeldOf(team.organisation_id), "teams.write");
  const mayThis = useQuery({ ...mayChangeQuery(team), enabled: isKnown && !mayAll }).data;
  return mayAll || mayThis === true;
}
