import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { Ban, Check, CircleDashed, Clock, KeyRound, type LucideIcon, MapPin, X } from "lucide-react";
import { Fragment, type ReactNode, useId } from "react";
import type { AuthzPath, AuthzPathState, AuthzStepUp, Explanation } from "@/api/schema";
import { Badge, type BadgeTone } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { OrganisationName } from "@/features/organisations/organisation-name";
import { TeamName } from "@/features/teams/team-name";
import { useSubjectName } from "@/features/users/use-subject-name";
import { useFormat } from "@/lib/format";
import { AskedOf } from "./asked-of";
import { Reason } from "./reason";

const LINK = "font-medium underline decoration-border underline-offset-4 hover:decoration-current";

/** A decision, what it is made of, and who could give what is missing. */
export function ExplanationCard({ explanation }: { explanation: Explanation }) {
  const { t } = useLingui();
  const {
    user_id: user,
    decision,
    step_up: stepUp,
    paths,
    given_by: givenBy,
    assigned_by: assignedBy,
    could_give: givers,
  } = explanation;
  const known = useSubjectName(user);
  const who = known?.name ?? `…${user.slice(-8)}`;
  const { allowed, permission } = decision;
  const Icon = allowed ? Check : X;
  return (
    <Card className="overflow-hidden">
      <section aria-label={t`The answer`} className="flex items-start gap-3 p-4">
        <Badge tone={allowed ? "success" : "danger"}>
          <Icon aria-hidden />
          {allowed ? t`Yes` : t`No`}
        </Badge>
        <div className="min-w-0">
          <p className="font-medium break-words">
            {allowed ? (
              <Trans>
                <bdi>{who}</bdi> may do <code className="font-mono text-xs">{permission}</code>
              </Trans>
            ) : (
              <Trans>
                <bdi>{who}</bdi> may not do <code className="font-mono text-xs">{permission}</code>
              </Trans>
            )}
          </p>
          <p className="text-[0.8125rem] text-muted-foreground">
            <Reason decision={decision} />
          </p>
          {stepUp && (
            <p className="mt-1.5 flex gap-2 text-[0.8125rem]">
              <KeyRound aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
              <span className="min-w-0">
                <WouldDo stepUp={stepUp} isAllowed={allowed} />
              </span>
            </p>
          )}
        </div>
      </section>
      <Part title={allowed ? t`What gives it` : t`What comes near`}>
        {paths.length === 0 ? (
          <p className="px-4 py-3 text-[0.8125rem] text-muted-foreground">
            <Trans>Nothing gives or denies it to them, here or elsewhere.</Trans>
          </p>
        ) : (
          <ul>
            {paths.map((path) => (
              <PathLine
                key={`${path.roles.join()} ${path.organisation_id} ${path.team_id} ${path.state} ${path.condition}`}
                path={path}
              />
            ))}
          </ul>
        )}
      </Part>
      {!allowed && (givenBy.length > 0 || assignedBy.length > 0 || givers.length > 0) && (
        <Part title={t`How they could come by it`}>
          <dl className="grid gap-2 px-4 py-3 text-[0.8125rem]">
            <Fact name={t`Roles that give it`} shown={givenBy.length > 0}>
              <Roles names={givenBy} />
            </Fact>
            <Fact name={t`Roles whose holders could give it`} shown={assignedBy.length > 0}>
              <Roles names={assignedBy} />
            </Fact>
            <Fact name={t`People who could give it`} shown={givers.length > 0}>
              {givers.map(({ user_id: id, email }, index) => (
                <Fragment key={id}>
                  {index > 0 && ", "}
                  <Link to="/users/$userId" params={{ userId: id }} className={LINK}>
                    {email}
                  </Link>
                </Fragment>
              ))}
            </Fact>
          </dl>
        </Part>
      )}
    </Card>
  );
}

/** What they would have to prove anew. Where it is allowed it is what a change by it demands. */
function WouldDo({ stepUp, isAllowed }: { stepUp: AuthzStepUp; isAllowed: boolean }) {
  if (stepUp === "second_factor") return <Trans>Proving a second factor would do: it would be allowed then.</Trans>;
  return isAllowed ? (
    <Trans>To change something by it they have to sign in anew first: the last sign-in is too long ago.</Trans>
  ) : (
    <Trans>A fresh sign-in would do: it would be allowed then.</Trans>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="border-t">
      <h2 id={id} className="px-4 pt-3 text-[0.8125rem] font-medium text-muted-foreground">
        {title}
      </h2>
      {children}
    </section>
  );
}

function Fact({ name, shown, children }: { name: string; shown: boolean; children: ReactNode }) {
  return (
    shown && (
      <div>
        <dt className="text-muted-foreground">{name}</dt>
        <dd className="break-words">{children}</dd>
      </div>
    )
  );
}

function Roles({ names }: { names: readonly string[] }) {
  return names.map((role, index) => (
    <Fragment key={role}>
      {index > 0 && ", "}
      <Link to="/roles/$role" params={{ role }} className={LINK}>
        {role}
      </Link>
    </Fragment>
  ));
}

const STATES: Record<AuthzPathState, { icon: LucideIcon; tone: BadgeTone }> = {
  holds: { icon: Check, tone: "success" },
  denies: { icon: Ban, tone: "danger" },
  expired: { icon: Clock, tone: "neutral" },
  elsewhere: { icon: MapPin, tone: "neutral" },
  unmet: { icon: CircleDashed, tone: "warning" },
};

/** One thing that gives or denies it, or would: by which roles, and what becomes of it. */
function PathLine({ path }: { path: AuthzPath }) {
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
        <p className="text-muted-foreground empty:hidden">
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
            <AskedOf facts={path.asked_of} />
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
        {role}
      </Link>
    </Fragment>
  ));
}
