import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { ArrowLeft, ShieldX } from "lucide-react";
import { useState } from "react";
import { isNoSuch } from "@/api/no-such";
import type { PermissionInfo, Role, RoleDetail } from "@/api/schema";
import { useOver } from "@/components/form/use-over";
import { PAGE_BOX, PageHeader, usePageTitle } from "@/components/layout/page-header";
import { EmptyState } from "@/components/state/empty-state";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Badge } from "@/components/ui/badge";
import { Button, buttonVariants } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { useSession } from "@/features/session/session-life";
import { cn } from "@/lib/cn";
import { notify } from "@/lib/notify";
import { holds } from "@/lib/permissions";
import { ROLES } from "@/lib/query-keys";
import { useRoleWords } from "@/lib/role-words";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { EditRoleDialog } from "./edit-role";
import { deleteRole, permissionsQuery, roleQuery, rolesQuery } from "./queries";
import { RoleFacts } from "./role-facts";
import { RolePermissions } from "./role-permissions";
import { RoleWayOn } from "./role-way-on";

const route = getRouteApi("/_console/roles_/$role");

/** One role: what it is for, who hangs on it, and what it allows. */
export function RolePage() {
  const { t } = useLingui();
  const { role: name } = route.useParams();
  const detail = useQuery(roleQuery(name));
  const roles = useQuery(rolesQuery);
  const permissions = useQuery(permissionsQuery);
  const queries = [detail, roles, permissions];
  const error = queries.find((query) => query.error)?.error;
  if (isNoSuch(detail.error)) return <NoSuchRole />;
  return (
    <div className={cn(PAGE_BOX, "grid grid-cols-[minmax(0,1fr)] gap-4")}>
      <Link to="/roles" className={cn(buttonVariants({ variant: "ghost", size: "small" }), "-ml-2 justify-self-start")}>
        <ArrowLeft aria-hidden />
        <Trans>All roles</Trans>
      </Link>
      {detail.data && roles.data && permissions.data ? (
        <Known detail={detail.data} roles={roles.data} permissions={permissions.data} />
      ) : error ? (
        <ErrorState
          error={error}
          heading="h1"
          retry={() => void Promise.all(queries.map((query) => query.refetch()))}
          busy={queries.some((query) => query.isFetching)}
        />
      ) : (
        <Loading label={t`Loading the role`} heading="h1">
          <Skeleton className="h-7 w-48" />
          <Skeleton className="mt-6 h-40 rounded-xl" />
        </Loading>
      )}
    </div>
  );
}

interface KnownProps {
  detail: RoleDetail;
  roles: readonly Role[];
  permissions: readonly PermissionInfo[];
}

function Known({ detail, roles, permissions }: KnownProps) {
  const { t } = useLingui();
  const { role } = detail;
  const { nameOf, aboutOf } = useRoleWords();
  const mayWrite = holds(useSession()?.permissions ?? [], "roles.write") && role.name !== "super_admin";
  const [editing, setEditing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  return (
    <>
      <PageHeader
        title={nameOf(role)}
        description={aboutOf(role)}
        actions={
          <>
            <Badge>{role.is_system ? t`One of ORION's own` : t`Custom`}</Badge>
            {mayWrite && (
              <Button size="small" onClick={() => setEditing(true)}>
                <Trans>Edit…</Trans>
              </Button>
            )}
            {mayWrite && !role.is_system && (
              <Button size="small" onClick={() => setDeleting(true)}>
                <Trans>Remove…</Trans>
              </Button>
            )}
          </>
        }
      />
      <RoleFacts detail={detail} />
      <RolePermissions key={role.id} detail={detail} roles={roles} permissions={permissions} mayWrite={mayWrite} />
      {mayWrite && <EditRoleDialog role={role} roles={roles} open={editing} onClose={() => setEditing(false)} />}
      {mayWrite && <RemoveRole role={role} open={deleting} setOpen={setDeleting} />}
    </>
  );
}

function RemoveRole({ role, open, setOpen }: { role: Role; open: boolean; setOpen: (open: boolean) => void }) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const over = useOver([ROLES]);
  const name = useRoleWords().nameOf(role);
  const run = async () => {
    await over(() => deleteRole(role));
    notify({ type: "success", title: t`The role is removed` });
    await navigate({ to: "/roles" });
    queryClient.removeQueries({ queryKey: [...ROLES, "one", role.name] });
    await queryClient.invalidateQueries({ queryKey: ROLES });
  };
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={setOpen}
      title={t`Remove ${name}?`}
      action={t`Remove`}
      tone="danger"
      typed={role.name}
      run={run}
      returnFocus={() => false}
      wayOn={(error) => <RoleWayOn error={error} role={role.name} />}
    >
      <Trans>Only a role that nobody holds, and from which no other role inherits, can be removed.</Trans>
    </ConfirmDialog>
  );
}

function NoSuchRole() {
  const { t } = useLingui();
  usePageTitle(t`Not found`);
  return (
    <EmptyState
      icon={ShieldX}
      heading="h1"
      title={t`There is no such role`}
      action={
        <Link to="/roles" className={buttonVariants()}>
          <Trans>Go to all roles</Trans>
        </Link>
      }
    >
      <Trans>The address may be incomplete, or the role was removed.</Trans>
    </EmptyState>
  );
}
