import { useQuery } from "@tanstack/react-query";
import type { Role } from "@/api/schema";
import { rolesQuery } from "@/features/roles/queries";
import { useSession } from "@/features/session/session-life";
import { holds } from "@/lib/permissions";

/** What every member holds for good: nobody gives or takes it. */
export const MEMBER = "organisation_member";
/** What somebody holds for good in every organisation. */
export const OWNER = "organisation_owner";

interface InsideRoles {
  /** Those that can be given inside, or for its teams; none for who may not see roles. */
  roles: readonly Role[];
  /** What a role is called: its name to show, where that is known. */
  nameOf: (role: string) => string;
}

/** The roles that are held inside organisations. */
export function useInsideRoles(): InsideRoles {
  const maySee = holds(useSession()?.permissions ?? [], "roles.read");
  const all = useQuery({ ...rolesQuery, enabled: maySee }).data ?? [];
  return {
    roles: all.filter(({ scope, name }) => (scope === "org" || scope === "team") && name !== MEMBER),
    nameOf: (role) => all.find(({ name }) => name === role)?.display_name ?? role,
  };
}
