import { Trans } from "@lingui/react/macro";
import { OrganisationName } from "@/features/directory/organisation-name";

interface InsideAloneProps {
  organisation: string;
  /** What its team is called, where it holds for that alone. */
  team?: string | null | undefined;
}

/** Says that what somebody was given holds inside an organisation alone, or for a team of it. */
export function InsideAlone({ organisation, team }: InsideAloneProps) {
  return (
    <>
      {" · "}
      {team ? (
        <Trans>
          for the team <bdi>{team}</bdi> of the organisation <OrganisationName id={organisation} /> alone
        </Trans>
      ) : (
        <Trans>
          for the organisation <OrganisationName id={organisation} /> alone
        </Trans>
      )}
    </>
  );
}
