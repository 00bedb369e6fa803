import { Trans } from "@lingui/react/macro";
import type { AuthzDecision } from "@/api/schema";

/** Why something is allowed or refused. */
export function Reason({
  decision: { reason, role, inherited_from: from, team_id: team },
}: {
  decision: AuthzDecision;
}) {
  switch (reason) {
    case "role":
      return from ? (
        <Trans>
          by the role {role}, which inherits it from {from}
        </Trans>
      ) : (
        <Trans>by the role {role}</Trans>
      );
    case "direct":
      return <Trans>given by itself</Trans>;
    case "inactive":
      return <Trans>the account is not active</Trans>;
    case "beyond_ceiling":
      return <Trans>the token is limited to less</Trans>;
    case "denied":
      return <Trans>denied, whatever gives it</Trans>;
    case "elsewhere":
      return <Trans>held for another organisation alone</Trans>;
    case "other_team":
      return team ? (
        <Trans>held for another team alone</Trans>
      ) : (
        <Trans>held for a team alone, and none was asked about</Trans>
      );
    case "not_own":
      return <Trans>held for one's own things alone</Trans>;
    case "unmet":
      return <Trans>held under a condition that does not hold</Trans>;
    case "not_held":
      return <Trans>nothing gives it</Trans>;
    case "beyond_actor":
      return <Trans>whoever acts as the user may not do it themselves</Trans>;
  }
}
