import { Trans, useLingui } from "@lingui/react/macro";
import { getRouteApi, Link } from "@tanstack/react-router";
import { PAGE_BOX, PageHeader } from "@/components/layout/page-header";
import { buttonVariants } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Tabs, TabsList, TabsPanel, TabsTab } from "@/components/ui/tabs";
import { useSession } from "@/features/session/session-life";
import { cn } from "@/lib/cn";
import { holds } from "@/lib/permissions";
import { ApiKeyList } from "./api-key-list";
import { ServiceAccounts } from "./service-accounts";

const route = getRouteApi("/_console/api-keys");

/** The API keys of everybody, and the programs that have keys of their own. */
export function ApiKeysPage() {
  const { t } = useLingui();
  const { view } = route.useSearch();
  const navigate = route.useNavigate();
  const held = useSession()?.permissions ?? [];
  const maySeeAccounts = holds(held, "service-accounts.read");
  return (
    <div className={cn(PAGE_BOX, "flex flex-col gap-4")}>
      <PageHeader
        title={t`API keys`}
        description={t`What programs call with. Each acts as its owner, within its limits.`}
        actions={
          <Link to="/account" className={buttonVariants({ size: "small" })}>
            <Trans>Your own keys</Trans>
          </Link>
        }
      />
      <Tabs
        value={maySeeAccounts && view ? view : "keys"}
        onValueChange={(next) => void navigate({ search: next === "service-accounts" ? { view: next } : {} })}
        className="grid grid-cols-[minmax(0,1fr)] gap-4"
      >
        {maySeeAccounts && (
          <TabsList aria-label={t`View`} className="w-fit">
            <TabsTab value="keys">
              <Trans>Keys</Trans>
            </TabsTab>
            <TabsTab value="service-accounts">
              <Trans>Service accounts</Trans>
            </TabsTab>
          </TabsList>
        )}
        <TabsPanel value="keys" tabIndex={-1} className="outline-none">
          <Card className="overflow-hidden">
            <ApiKeyList
              whose="everybody"
              mayRevoke={holds(held, "api-keys.revoke")}
              none={<Trans>Nobody has an API key yet.</Trans>}
            />
          </Card>
        </TabsPanel>
        {maySeeAccounts && (
          <TabsPanel value="service-accounts" tabIndex={-1} className="outline-none">
            <Card className="overflow-hidden">
              <ServiceAccounts />
            </Card>
          </TabsPanel>
        )}
      </Tabs>
    </div>
  );
}
