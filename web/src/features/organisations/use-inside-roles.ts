import { useQuery } from "@tanstack/react-query";
import type { OrganisationMember, Role } from "@/api/schema";
import { rolesQuery } from "@/features/roles/queries";
import { useSession } from "@/features/session/session-life";
import { heldOf, holds } from "@/lib/permissions";
import { useRoleWords } from "@/lib/role-words";
import { rolesInsideQuery } from "./member-queries";

/** What every member holds for good: nobody gives or takes it. */
export const MEMBER = "organisation_member";
/** What somebody holds for good in every organisation. */
export const OWNER = "organisation_owner";

/** Whether a member owns the organisation, for good or until a moment that has not come. */
export const owns = ({ roles }: OrganisationMember): boolean =>
  roles.some(({ role, expires_at: end }) => role === OWNER && (end === null || Date.parse(end) > Date.now()));

interface InsideRoles {
  /** Those that can be given inside, or for its teams; none for who may see neither roles nor the organisation. */
  roles: readonly Role[];
  /** What a role is called: its name to show, where that is known. */
  nameOf: (role: string) => string;
}

/** The roles that are held inside organisations. @param organisation inside which one, where it is one */
export function useInsideRoles(organisation?: string): InsideRoles {
  const session = useSession();
  const seesAll = holds(session?.permissions ?? [], "roles.read");
  const seesInside = organisation !== undefined && holds(heldOf(session, organisation), "organisations.read");
  const all = useQuery({ ...rolesQuery, enabled: seesAll }).data;
  const inside = useQuery({ ...rolesInsideQuery(organisation ?? ""), enabled: seesInside && !seesAll }).data;
  const { nameOf } = useRoleWords();
  const known = all ?? inside ?? [];
  return {
    roles: known.filter(({ scope, name }) => (scope === "org" || scope === "team") && name !== MEMBER),
    nameOf: (role) => nameOf(known.find(({ name }) => name === role) ?? { name: role }),
  };
}
