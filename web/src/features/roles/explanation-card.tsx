import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { Check, KeyRound, X } from "lucide-react";
import { Fragment, type ReactNode, useId } from "react";
import type { AuthzStepUp, Explanation } from "@/api/schema";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { RoleName } from "@/components/ui/role-names";
import { OrganisationName } from "@/features/directory/organisation-name";
import { TeamName } from "@/features/directory/team-name";
import { useSubject } from "@/features/directory/use-subject";
import { Holder } from "./holder";
import { PathLine } from "./path-line";
import { onlyPlaceOf, Reason } from "./reason";

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
  const { known } = useSubject(user);
  const who = known?.name ?? `…${user.slice(-8)}`;
  const { allowed, permission, organisation_id: organisation, team_id: team } = decision;
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
          {organisation && (
            <p className="text-[0.8125rem] break-words">
              {team ? (
                <Trans>
                  On something of the team <TeamName organisation={organisation} id={team} /> of{" "}
                  <OrganisationName id={organisation} />
                </Trans>
              ) : (
                <Trans>
                  On something of <OrganisationName id={organisation} />
                </Trans>
              )}
            </p>
          )}
          <p className="text-[0.8125rem] text-muted-foreground">
            <Reason decision={decision} only={onlyPlaceOf(decision, paths)} />
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
                organisation={organisation}
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
                  <Holder id={id} email={email} className={LINK} />
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
        <RoleName name={role} />
      </Link>
    </Fragment>
  ));
}
