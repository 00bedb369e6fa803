import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft, UserX } from "lucide-react";
import { useState } from "react";
import { isNoSuch } from "@/api/no-such";
import type { User } from "@/api/schema";
import { PAGE_BOX, PageHeader, usePageTitle } from "@/components/layout/page-header";
import { EmptyState } from "@/components/state/empty-state";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Avatar } from "@/components/ui/avatar";
import { Badge } from "@/components/ui/badge";
import { Button, buttonVariants } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { ActAs } from "@/features/acting/act-as";
import { userQuery } from "@/features/directory/queries";
import { subjectOfUser } from "@/features/directory/subject";
import { USER_STATUS_TEXTS, userName } from "@/features/directory/user-texts";
import { UserDecisions } from "@/features/grants/user-decisions";
import { UserPermissions } from "@/features/grants/user-permissions";
import { UserRoles } from "@/features/grants/user-roles";
import { useSession } from "@/features/session/session-life";
import { cn } from "@/lib/cn";
import { holds } from "@/lib/permissions";
import { EditUser } from "./edit-user";
import { UserApiKeys } from "./user-api-keys";
import { UserAudit } from "./user-audit";
import { UserEmail } from "./user-email";
import { UserEvents } from "./user-events";
import { UserFacts } from "./user-facts";
import { UserInvitation } from "./user-invitation";
import { UserMails } from "./user-mails";
import { UserOrganisations } from "./user-organisations";
import { UserPassword } from "./user-password";
import { UserPicture } from "./user-picture";
import { UserProviders } from "./user-providers";
import { UserSecondFactor } from "./user-second-factor";
import { UserSecurity } from "./user-security";
import { UserSessions } from "./user-sessions";
import { UserStatus } from "./user-status";

const route = getRouteApi("/_console/users_/$userId");

/** One user: who they are, what happened about them, and what was written to them. */
export function UserPage() {
  const { t } = useLingui();
  const { userId } = route.useParams();
  const { data: user, error, refetch, isFetching } = useQuery(userQuery(userId));
  if (isNoSuch(error)) return <NoSuchUser />;
  return (
    <div className={cn(PAGE_BOX, "flex flex-col gap-4")}>
      <Link to="/users" className={cn(buttonVariants({ variant: "ghost", size: "small" }), "-ml-2 self-start")}>
        <ArrowLeft aria-hidden />
        <Trans>All users</Trans>
      </Link>
      {user ? (
        <Known user={user} />
      ) : error ? (
        <ErrorState error={error} heading="h1" retry={() => void refetch()} busy={isFetching} />
      ) : (
        <Loading label={t`Loading the user`} heading="h1">
          <Skeleton className="h-7 w-48" />
          <Skeleton className="mt-6 h-40 rounded-xl" />
        </Loading>
      )}
    </div>
  );
}

function Known({ user }: { user: User }) {
  const { t } = useLingui();
  const held = useSession()?.permissions ?? [];
  const mayWrite = holds(held, "users.write");
  const [editing, setEditing] = useState(false);
  const { label, tone, icon: Icon } = USER_STATUS_TEXTS[user.status];
  return (
    <>
      <div className="flex items-start gap-4">
        <Avatar name={userName(user)} url={user.avatar_url} className="size-12 text-base" />
        <div className="min-w-0 flex-1">
          <PageHeader
            title={userName(user)}
            description={user.email}
            actions={
              <>
                <Badge tone={tone}>
                  <Icon aria-hidden />
                  {t(label)}
                </Badge>
                <ActAs user={user} />
                {mayWrite && (
                  <Button size="small" onClick={() => setEditing(true)}>
                    <Trans>Edit…</Trans>
                  </Button>
                )}
              </>
            }
          />
        </div>
      </div>
      <UserFacts user={user} />
      {mayWrite && <EditUser user={user} open={editing} onClose={() => setEditing(false)} />}
      {mayWrite && <UserPicture user={user} />}
      {mayWrite && <UserStatus user={user} />}
      {(mayWrite || holds(held, "roles.assign")) && user.status === "pending_verification" && (
        <UserInvitation user={user} />
      )}
      {mayWrite && user.status === "active" && <UserEmail user={user} />}
      {mayWrite && <UserPassword user={user} />}
      {holds(held, "roles.read") && <UserRoles subject={subjectOfUser(user)} />}
      {holds(held, "roles.read") && <UserDecisions subject={subjectOfUser(user)} />}
      {holds(held, "roles.read") && <UserPermissions subject={subjectOfUser(user)} />}
      {holds(held, "organisations.read") && <UserOrganisations user={user} />}
      <UserSecondFactor user={user} />
      <UserProviders user={user} />
      {holds(held, "sessions.read") && <UserSessions user={user} />}
      {holds(held, "api-keys.read") && <UserApiKeys user={user} />}
      {holds(held, "security.read") && <UserSecurity user={user} />}
      {holds(held, "audit.read") && <UserAudit userId={user.id} />}
      {holds(held, "events.read") && <UserEvents userId={user.id} />}
      {holds(held, "captured-mail.read") && <UserMails address={user.email} />}
    </>
  );
}

function NoSuchUser() {
  const { t } = useLingui();
  usePageTitle(t`Not found`);
  return (
    <EmptyState
      icon={UserX}
      heading="h1"
      title={t`There is no such user`}
      action={
        <Link to="/users" className={buttonVariants()}>
          <Trans>Go to all users</Trans>
        </Link>
      }
    >
      <Trans>The address may be incomplete, or the user was removed.</Trans>
    </EmptyState>
  );
}
