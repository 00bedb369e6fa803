import { useLingui } from "@lingui/react/macro";
import { getRouteApi } from "@tanstack/react-router";
import { PAGE_BOX, PageHeader } from "@/components/layout/page-header";
import { Card } from "@/components/ui/card";
import { Tabs, TabsList, TabsPanel, TabsTab } from "@/components/ui/tabs";
import { useSession } from "@/features/session/session-life";
import { cn } from "@/lib/cn";
import { holds } from "@/lib/permissions";
import { LoginAttempts } from "./login-attempts";
import { SecurityEvents } from "./security-events";
import { SigningKeys } from "./signing-keys";
import { Throttles } from "./throttles";
import type { AttemptFilter, EventFilter, SecurityView } from "./views";

const route = getRouteApi("/_console/security");

/** What protects accounts, and what happened to them. */
export function SecurityPage() {
  const { t } = useLingui();
  const maySeeKeys = holds(useSession()?.permissions ?? [], "keys.read");
  const navigate = route.useNavigate();
  const { view = "events", kind, severity, status, failure, method, address, ...common } = route.useSearch();
  // Who may not see the keys has no such tab, whatever the address says.
  const shown = view === "keys" && !maySeeKeys ? "events" : view;
  const at = (next: SecurityView) => (next === "events" ? {} : { view: next });
  // Whom and when somebody looks at stays the same from list to list.
  const show = (next: SecurityView) => void navigate({ search: { ...common, ...at(next) } });
  const narrow = (filter: EventFilter | AttemptFilter) =>
    void navigate({ search: { ...at(shown), ...filter }, replace: true });
  const events: EventFilter = { kind, severity, ...common };
  const attempts: AttemptFilter = { status, failure, method, address, ...common };
  return (
    <div className={cn(PAGE_BOX, "flex flex-col gap-4")}>
      <PageHeader title={t`Security`} description={t`What happened to accounts, and what protects them.`} />
      <Tabs value={shown} onValueChange={show} className="flex flex-col items-start gap-3">
        <div className="max-w-full overflow-x-auto">
          <TabsList>
            <TabsTab value="events">{t`Events`}</TabsTab>
            <TabsTab value="attempts">{t`Sign-ins`}</TabsTab>
            <TabsTab value="throttles">{t`Throttles`}</TabsTab>
            {maySeeKeys && <TabsTab value="keys">{t`Signing keys`}</TabsTab>}
          </TabsList>
        </div>
        <Panel value="events">
          <SecurityEvents filter={events} onFilter={(changed) => narrow({ ...events, ...changed })} />
        </Panel>
        <Panel value="attempts">
          <LoginAttempts filter={attempts} onFilter={(changed) => narrow({ ...attempts, ...changed })} />
        </Panel>
        <Panel value="throttles">
          <Throttles />
        </Panel>
        <Panel value="keys">
          <SigningKeys />
        </Panel>
      </Tabs>
    </div>
  );
}

function Panel({ value, children }: { value: SecurityView; children: React.ReactNode }) {
  return (
    <TabsPanel value={value} className="w-full">
      <Card className="overflow-hidden">{children}</Card>
    </TabsPanel>
  );
}
