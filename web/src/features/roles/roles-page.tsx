import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { given } from "@/api/client";
import { PAGE_BOX, PageHeader } from "@/components/layout/page-header";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { Tabs, TabsList, TabsPanel, TabsTab } from "@/components/ui/tabs";
import { useSession } from "@/features/session/session-life";
import { cn } from "@/lib/cn";
import { holds } from "@/lib/permissions";
import { CheckPermission } from "./check-permission";
import { CreateRoleDialog } from "./create-role";
import { PermissionMatrix } from "./permission-matrix";
import { permissionsQuery, rolesQuery } from "./queries";
import { RoleTable } from "./role-table";
import { ROLE_VIEWS } from "./roles-search";
import { WhoCan } from "./who-can";

const route = getRouteApi("/_console/roles");

/** The roles of the platform, and what each of them allows. */
export function RolesPage() {
  const { t } = useLingui();
  const search = route.useSearch();
  const { view, permission } = search;
  const navigate = route.useNavigate();
  const roles = useQuery(rolesQuery);
  const permissions = useQuery(permissionsQuery);
  const held = useSession()?.permissions ?? [];
  const mayWrite = holds(held, "roles.write");
  const maySeePeople = holds(held, "users.read");
  const [creating, setCreating] = useState(false);
  const error = roles.error ?? permissions.error;
  const retry = () => void Promise.all([roles.refetch(), permissions.refetch()]);
  return (
    <div className={cn(PAGE_BOX, "grid grid-cols-[minmax(0,1fr)] gap-4")}>
      <PageHeader
        title={t`Roles`}
        description={t`What people may do, and from where they have it.`}
        actions={
          mayWrite && (
            <Button variant="primary" onClick={() => setCreating(true)}>
              <Trans>New role…</Trans>
            </Button>
          )
        }
      />
      {roles.data && permissions.data ? (
        <>
          <Tabs
            value={view ?? "list"}
            onValueChange={(next) =>
              void navigate({ search: { ...given({ view: ROLE_VIEWS.find((view) => view === next) }) } })
            }
            className="grid grid-cols-[minmax(0,1fr)] gap-4"
          >
            <TabsList aria-label={t`View`} className="w-fit">
              <TabsTab value="list">
                <Trans>List</Trans>
              </TabsTab>
              <TabsTab value="matrix">
                <Trans>Matrix</Trans>
              </TabsTab>
              {maySeePeople && (
                <TabsTab value="who">
                  <Trans>Who may?</Trans>
                </TabsTab>
              )}
              <TabsTab value="check">
                <Trans>May they?</Trans>
              </TabsTab>
            </TabsList>
            <TabsPanel value="list" tabIndex={-1} className="outline-none">
              <RoleTable roles={roles.data} />
            </TabsPanel>
            <TabsPanel value="matrix" tabIndex={-1} className="outline-none">
              <PermissionMatrix roles={roles.data} permissions={permissions.data} />
            </TabsPanel>
            {maySeePeople && (
              <TabsPanel value="who" tabIndex={-1} className="outline-none">
                <WhoCan
                  permissions={permissions.data}
                  permission={permission}
                  onChange={(next) =>
                    void navigate({ search: { view: "who", ...(next && { permission: next }) }, replace: true })
                  }
                />
              </TabsPanel>
            )}
            <TabsPanel value="check" tabIndex={-1} className="outline-none">
              <CheckPermission
                permissions={permissions.data}
                asked={search}
                onAsk={(asked) => void navigate({ search: { view: "check", ...given({ ...asked }) }, replace: true })}
              />
            </TabsPanel>
          </Tabs>
          {mayWrite && <CreateRoleDialog roles={roles.data} open={creating} onClose={() => setCreating(false)} />}
        </>
      ) : error ? (
        <ErrorState error={error} retry={retry} busy={roles.isFetching || permissions.isFetching} />
      ) : (
        <Loading label={t`Loading the roles`}>
          <Skeleton className="h-80 rounded-xl" />
        </Loading>
      )}
    </div>
  );
}
