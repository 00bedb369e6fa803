import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { Ban, Check, CircleDashed, Clock, type LucideIcon, MapPin } from "lucide-react";
import { Fragment } from "react";
import type { AuthzPath, AuthzPathState } from "@/api/schema";
import { Badge, type BadgeTone } from "@/components/ui/badge";
import { RoleName } from "@/components/ui/role-names";
import { OrganisationName } from "@/features/directory/organisation-name";
import { TeamName } from "@/features/directory/team-name";
import { useFormat } from "@/lib/format";
import { AskedOf } from "./asked-of";

const LINK = "font-medium underline decoration-border underline-offset-4 hover:decoration-current";

interface PathLineProps {
  path: AuthzPath;
  /** The organisation that was asked about: teams are told by name where it is known whose they are. */
  organisation: string | null;
}

const STATES: Record<AuthzPathState, { icon: LucideIcon; tone: BadgeTone }> = {
  holds: { icon: Check, tone: "success" },
  denies: { icon: Ban, tone: "danger" },
  expired: { icon: Clock, tone: "neutral" },
  elsewhere: { icon: MapPin, tone: "neutral" },
  unmet: { icon: CircleDashed, tone: "warning" },
};

/** One thing that gives or denies it, or would: by which roles, and what becomes of it. */
export function PathLine({ path, organisation: asked }: PathLineProps) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const { roles, state, organisation_id: organisation, team_id: team, own_only: ownOnly } = path;
  const { expires_at: end, condition, why, step_up: stepUp } = path;
  const { icon: Icon, tone } = STATES[state];
  const words: Record<AuthzPathState, string> = {
    holds: t`holds`,
    denies: t`denies it`,
    expired: t`ended`,
    elsewhere: t`holds elsewhere`,
    unmet: t`condition not met`,
  };
  const until = end ? formatDateTime(end) : undefined;
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-1 border-b px-4 py-2.5 last:border-b-0">
      <Badge tone={tone}>
        <Icon aria-hidden />
        {words[state]}
      </Badge>
      <div className="min-w-0 flex-1 basis-48 text-[0.8125rem]">
        <p className="break-words">
          {roles.length === 0 ? (
            state === "denies" ? (
              <Trans>Denied by itself, beside the roles</Trans>
            ) : (
              <Trans>Given by itself, beside the roles</Trans>
            )
          ) : (
            <>
              <Trans>By the role</Trans> <RolePath roles={roles} />
            </>
          )}
        </p>
        <p className="break-words text-muted-foreground empty:hidden">
          {organisation && (
            <Trans>
              For the organisation <OrganisationName id={organisation} /> alone.
            </Trans>
          )}
          {team && (
            <>
              {" "}
              <Trans>
                And of that for the team <TeamName organisation={organisation ?? ""} id={team} />.
              </Trans>
            </>
          )}
          {ownOnly && <Trans>For what is their own alone.</Trans>}
          {until && <> {state === "expired" ? <Trans>Ended: {until}.</Trans> : <Trans>Until {until}.</Trans>}</>}
        </p>
        {condition && (
          <>
            <p className="text-muted-foreground">
              <Trans>
                Only while <code className="font-mono text-xs break-words">{condition}</code>
              </Trans>
              {why && <span className="block">{why}</span>}
            </p>
            <AskedOf facts={path.asked_of} organisation={asked} />
            {stepUp && (
              <p className="mt-1.5">
                {stepUp === "second_factor" ? (
                  <Trans>It would hold once a second factor is proven.</Trans>
                ) : (
                  <Trans>It would hold after a fresh sign-in.</Trans>
                )}
              </p>
            )}
          </>
        )}
      </div>
    </li>
  );
}

/** From the role that is held up to the one that gives it. */
function RolePath({ roles }: { roles: readonly string[] }) {
  return roles.map((role, index) => (
    <Fragment key={role}>
      {index > 0 && (
        <>
          {" "}
          <Trans>which inherits from</Trans>{" "}
        </>
      )}
      <Link to="/roles/$role" params={{ role }} className={LINK}>
        <RoleName name={role} />
      </Link>
    </Fragment>
  ));
}
