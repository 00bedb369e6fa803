import { Trans } from "@lingui/react/macro";
import type { AuthzDecision, AuthzPath } from "@/api/schema";
import { RoleName } from "@/components/ui/role-names";
import { OrganisationName } from "@/features/directory/organisation-name";
import { TeamName } from "@/features/directory/team-name";

/** The one place for which something is held. */
interface OnlyPlace {
  organisation: string;
  team: string | null;
}

interface ReasonProps {
  decision: AuthzDecision;
  /** For what alone it is held, where that is one and known. */
  only?: OnlyPlace | undefined;
}

/** Why something is allowed or refused. */
export function Reason({ decision, only }: ReasonProps) {
  const { reason, role, inherited_from: from, organisation_id: organisation, team_id: team } = decision;
  switch (reason) {
    case "role":
      return from ? (
        <Trans>
          by the role <RoleName name={role ?? ""} />, which inherits it from <RoleName name={from} />
        </Trans>
      ) : (
        <Trans>
          by the role <RoleName name={role ?? ""} />
        </Trans>
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
      if (only) {
        return (
          <Trans>
            held for the organisation <OrganisationName id={only.organisation} /> alone
          </Trans>
        );
      }
      return organisation ? (
        <Trans>held for another organisation alone</Trans>
      ) : (
        <Trans>held for an organisation alone, and none was asked about</Trans>
      );
    case "other_team":
      if (only?.team) {
        return (
          <Trans>
            held for the team <TeamName organisation={only.organisation} id={only.team} /> alone
          </Trans>
        );
      }
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

/** For what alone it is held, where that is why it is refused, and it is one organisation or one team. */
export function onlyPlaceOf({ reason }: AuthzDecision, paths: readonly AuthzPath[]): OnlyPlace | undefined {
  if (reason !== "elsewhere" && reason !== "other_team") return undefined;
  const isMeant = ({ state, team_id: team }: AuthzPath) =>
    state === "elsewhere" && (team !== null) === (reason === "other_team");
  const [first, ...others] = paths
    .filter(isMeant)
    .map((path) => ({ organisation: path.organisation_id, team: path.team_id }));
  const isOne = others.every(({ organisation, team }) => organisation === first?.organisation && team === first?.team);
  return first?.organisation && isOne ? { organisation: first.organisation, team: first.team } : undefined;
}
