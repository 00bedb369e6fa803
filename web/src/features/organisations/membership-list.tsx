import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Membership } from "@/api/schema";
import { Line } from "@/components/state/paged-list";
import { useSession } from "@/features/session/session-life";
import { Listed } from "@/features/sessions/listed";
import { useFormat } from "@/lib/format";
import { heldOf, holds } from "@/lib/permissions";
import { membershipsQuery } from "./membership-queries";
import { useInsideRoles } from "./use-inside-roles";

interface MembershipListProps {
  /** A user's, by id; one's own where none is named. */
  whose: string | undefined;
  none: ReactNode;
  /** What can be done with one. */
  action?: (membership: Membership) => ReactNode;
}

/** The organisations that somebody belongs to, and what they hold inside. */
export function MembershipList({ whose, none, action }: MembershipListProps) {
  const { t } = useLingui();
  const { formatDate } = useFormat();
  const { nameOf } = useInsideRoles();
  const session = useSession();
  const query = useQuery(membershipsQuery(whose));
  return (
    <Listed query={query} loading={t`Loading the organisations`} none={none}>
      {(memberships) =>
        memberships.map((membership) => {
          const { id, name } = membership.organisation;
          return (
            <Line
              key={id}
              title={
                holds(heldOf(session, id), "organisations.read") ? (
                  <Link
                    to="/organisations/$organisationId"
                    params={{ organisationId: id }}
                    className="rounded-sm underline-offset-2 hover:underline"
                  >
                    <bdi>{name}</bdi>
                  </Link>
                ) : (
                  <bdi>{name}</bdi>
                )
              }
              facts={[membership.roles.map(nameOf).join(", "), t`since ${formatDate(membership.joined_at)}`]}
              action={action?.(membership)}
            />
          );
        })
      }
    </Listed>
  );
}
