import { Trans, useLingui } from "@lingui/react/macro";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { ServiceAccount } from "@/api/schema";
import { useOver } from "@/components/form/use-over";
import { Line, PagedList } from "@/components/state/paged-list";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { RoleNames } from "@/components/ui/role-names";
import { serviceAccountsQuery } from "@/features/directory/queries";
import { useSession } from "@/features/session/session-life";
import { useFormat } from "@/lib/format";
import { holds } from "@/lib/permissions";
import { SERVICE_ACCOUNTS } from "@/lib/query-keys";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { CreateApiKeyDialog } from "./create-api-key";
import { CreateServiceAccountDialog } from "./create-service-account";
import { changeServiceAccount, deleteServiceAccount } from "./service-account-queries";

/** What is to be asked about one. */
interface Asked {
  account: ServiceAccount;
  what: "switch" | "delete";
}

/** Service accounts: made, given keys, disabled and deleted. */
export function ServiceAccounts() {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const queryClient = useQueryClient();
  const over = useOver([SERVICE_ACCOUNTS]);
  const mayWrite = holds(useSession()?.permissions ?? [], "service-accounts.write");
  const query = useInfiniteQuery(serviceAccountsQuery);
  const [making, setMaking] = useState(false);
  const [keyed, setKeyed] = useState<ServiceAccount | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const name = asked?.account.name ?? "";
  const isEnabling = asked?.what === "switch" && !asked.account.is_active;
  const action = asked?.what === "delete" ? t`Delete` : isEnabling ? t`Enable` : t`Disable`;
  const run = async () => {
    if (asked?.what === "delete") await over(() => deleteServiceAccount(asked.account));
    if (asked?.what === "switch") await over(() => changeServiceAccount(asked.account, { is_active: isEnabling }));
    await queryClient.invalidateQueries({ queryKey: SERVICE_ACCOUNTS });
  };
  return (
    <>
      <PagedList
        query={query}
        loading={t`Loading the service accounts`}
        none={<Trans>None yet. A service account is a program of its own, that may what it is given.</Trans>}
      >
        {(account) => (
          <Line
            key={account.id}
            title={
              <Link
                to="/api-keys/service-accounts/$accountId"
                params={{ accountId: account.id }}
                className="underline decoration-border underline-offset-4 hover:decoration-current"
              >
                {account.name}
              </Link>
            }
            mark={
              !account.is_active && (
                <Badge tone="danger">
                  <Trans>Disabled</Trans>
                </Badge>
              )
            }
            about={account.roles.length > 0 ? <RoleNames names={account.roles} /> : t`no role`}
            facts={[account.description, t`made ${formatDateTime(account.created_at)}`, account.id]}
            action={
              mayWrite && (
                <div className="flex flex-wrap gap-2">
                  <Button size="small" aria-label={`${t`New key`}: ${account.name}`} onClick={() => setKeyed(account)}>
                    <Trans>New key…</Trans>
                  </Button>
                  <Button
                    size="small"
                    aria-label={`${account.is_active ? t`Disable` : t`Enable`}: ${account.name}`}
                    onClick={() => setAsked({ account, what: "switch" })}
                  >
                    {account.is_active ? t`Disable…` : t`Enable…`}
                  </Button>
                  <Button
                    size="small"
                    aria-label={`${t`Delete`}: ${account.name}`}
                    onClick={() => setAsked({ account, what: "delete" })}
                  >
                    <Trans>Delete…</Trans>
                  </Button>
                </div>
              )
            }
          />
        )}
      </PagedList>
      {mayWrite && (
        <div className="border-t p-4">
          <Button size="small" onClick={() => setMaking(true)}>
            <Trans>Make a service account…</Trans>
          </Button>
        </div>
      )}
      <CreateServiceAccountDialog open={making} onClose={() => setMaking(false)} />
      <CreateApiKeyDialog open={keyed !== null} of={keyed} onClose={() => setKeyed(null)} />
      <ConfirmDialog
        open={asked !== null}
        onOpenChange={(open) => !open && setAsked(null)}
        title={`${action}: ${name}?`}
        action={action}
        tone={isEnabling ? "primary" : "danger"}
        run={run}
      >
        {isEnabling ? (
          <Trans>Its keys are taken again at once.</Trans>
        ) : (
          <Trans>Programs that have one of its keys are refused at once.</Trans>
        )}
      </ConfirmDialog>
    </>
  );
}
