import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check, X } from "lucide-react";
import type { AuthzDecision, PermissionInfo } from "@/api/schema";
import { PageSection } from "@/components/layout/page-section";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { buttonVariants } from "@/components/ui/button";
import { RoleNames } from "@/components/ui/role-names";
import { Skeleton } from "@/components/ui/skeleton";
import type { Subject } from "@/features/directory/subject";
import { decisionsQuery } from "@/features/roles/authz-queries";
import { permissionsQuery, rolesQuery } from "@/features/roles/queries";
import { Reason } from "@/features/roles/reason";
import { usePermissionWords } from "@/lib/permission-words";

/** What somebody may do on the platform as a whole and why; decided by what enforces. */
export function UserDecisions({ subject }: { subject: Subject }) {
  const { t } = useLingui();
  const permissions = useQuery(permissionsQuery);
  const names = (permissions.data ?? []).map(({ name }) => name);
  const decisions = useQuery({ ...decisionsQuery(subject.id, names), enabled: names.length > 0 });
  const error = permissions.error ?? decisions.error;
  return (
    <PageSection
      title={t`What they may do`}
      action={
        <Link to="/roles" search={{ view: "check", user: subject.id }} className={buttonVariants({ size: "small" })}>
          <Trans>Check one of them</Trans>
        </Link>
      }
    >
      {permissions.data && decisions.data ? (
        <Decided subject={subject} decisions={decisions.data.items} permissions={permissions.data} />
      ) : error ? (
        <ErrorState
          error={error}
          retry={() => void Promise.all([permissions.refetch(), decisions.refetch()])}
          busy={permissions.isFetching || decisions.isFetching}
        />
      ) : (
        <Loading label={t`Loading what they may do`} className="p-4">
          <Skeleton className="h-24" />
        </Loading>
      )}
    </PageSection>
  );
}

interface DecidedProps {
  subject: Subject;
  decisions: readonly AuthzDecision[];
  permissions: readonly PermissionInfo[];
}

function Decided({ subject, decisions, permissions }: DecidedProps) {
  const allowed = decisions.filter((decision) => decision.allowed);
  const refused = decisions.filter((decision) => !decision.allowed);
  const wordsOf = usePermissionWords();
  const words = new Map(permissions.map((permission) => [permission.name, wordsOf(permission)]));
  return (
    <>
      <ul>
        {allowed.map((decision) => (
          <li key={decision.permission} className="flex gap-2.5 border-b px-4 py-2 last:border-b-0">
            <Check aria-hidden className="mt-0.5 size-4 shrink-0 text-success" />
            <span className="flex min-w-0 flex-1 flex-wrap justify-between gap-x-4">
              <span className="font-mono text-xs/5 break-words" title={words.get(decision.permission)}>
                {decision.permission}
              </span>
              <span className="text-[0.8125rem] text-muted-foreground">
                <Reason decision={decision} />
                <Why subject={subject} permission={decision.permission} />
              </span>
            </span>
          </li>
        ))}
      </ul>
      {refused.length > 0 && (
        <details className="border-t">
          <summary className="cursor-pointer px-4 py-2.5 text-[0.8125rem] text-muted-foreground">
            <Trans>What they may not do</Trans>
          </summary>
          <ul className="border-t">
            {refused.map((decision) => (
              <Refused key={decision.permission} subject={subject} decision={decision} />
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

/** Leads to all that bears on it; stands behind the reason. */
function Why({ subject, permission }: { subject: Subject; permission: string }) {
  const { t } = useLingui();
  return (
    <span>
      {" · "}
      <Link
        to="/roles"
        search={{ view: "check", user: subject.id, permission }}
        aria-label={t`Why? ${permission}`}
        className="underline decoration-border underline-offset-4 hover:decoration-current"
      >
        <Trans>Why?</Trans>
      </Link>
    </span>
  );
}

/** Something that is refused, and which roles would give it. */
function Refused({ subject, decision }: { subject: Subject; decision: AuthzDecision }) {
  const { data } = useQuery(rolesQuery);
  const giving = data?.filter(({ permissions }) => permissions.includes(decision.permission)) ?? [];
  return (
    <li className="flex gap-2.5 border-b px-4 py-2 last:border-b-0">
      <X aria-hidden className="mt-0.5 size-4 shrink-0 text-muted-foreground" />
      <span className="flex min-w-0 flex-1 flex-wrap justify-between gap-x-4">
        <span className="font-mono text-xs/5 break-words">{decision.permission}</span>
        <span className="text-[0.8125rem] text-muted-foreground">
          <Reason decision={decision} />
          {giving.length > 0 && (
            <>
              {" · "}
              <Trans>
                the roles that give it: <RoleNames names={giving.map(({ name }) => name)} />
              </Trans>
            </>
          )}
          <Why subject={subject} permission={decision.permission} />
        </span>
      </span>
    </li>
  );
}
