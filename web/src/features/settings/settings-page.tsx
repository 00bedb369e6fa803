import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Lock } from "lucide-react";
import { useRef, useState } from "react";
import type { Setting, SettingList } from "@/api/schema";
import { PAGE_BOX, PageHeader } from "@/components/layout/page-header";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Skeleton } from "@/components/ui/skeleton";
import { Tabs, TabsList, TabsPanel, TabsTab } from "@/components/ui/tabs";
import { useSession } from "@/features/session/session-life";
import { cn } from "@/lib/cn";
import { notify } from "@/lib/notify";
import { holds } from "@/lib/permissions";
import { AppliedCard } from "./applied-card";
import { takeSetting } from "./queries";
import { SettingHistory } from "./setting-history";
import { SettingList as Settings } from "./setting-list";
import { useNodeOf } from "./setting-node";
import type { Proposal } from "./setting-row";
import { TakeBackDialog } from "./take-back-dialog";
import { useSettings } from "./use-settings";
import { useValueText } from "./use-value-text";

/** The settings of the platform: what they are, who changed them, and who has applied that. */
export function SettingsPage() {
  const { t } = useLingui();
  const { data, error, isFetching, refetch, askAgain, gaveUp } = useSettings();
  return (
    <div className={cn(PAGE_BOX, "grid grid-cols-[minmax(0,1fr)] gap-5")}>
      <PageHeader title={t`Settings`} description={t`What can be changed while ORION runs.`} />
      {data ? (
        <>
          <AppliedCard list={data} gaveUp={gaveUp} busy={isFetching} onAskAgain={askAgain} />
          <Loaded list={data} />
        </>
      ) : error ? (
        <ErrorState error={error} retry={() => void refetch()} busy={isFetching} />
      ) : (
        <Loading label={t`Loading the settings`} className="grid gap-5">
          <Skeleton className="h-13 rounded-xl" />
          <Skeleton className="h-96 rounded-xl" />
        </Loading>
      )}
    </div>
  );
}

const route = getRouteApi("/_console/settings");

function Loaded({ list: { items } }: { list: SettingList }) {
  const { t } = useLingui();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const queryClient = useQueryClient();
  const valueText = useValueText();
  const nodeOf = useNodeOf();
  const mayChange = holds(useSession()?.permissions ?? [], "settings.write");
  const [proposals, setProposals] = useState<ReadonlyMap<string, Proposal>>(new Map());
  const [taking, setTaking] = useState<{ setting: Setting; open: boolean; id: number }>();
  const content = useRef<HTMLDivElement>(null);

  const saved = (setting: Setting) => {
    const node = nodeOf(setting);
    const { label } = node;
    const value = valueText(node, setting.value);
    setProposals((before) => new Map([...before].filter(([key]) => key !== setting.key)));
    notify({ title: `${label}: ${value}`, description: setting.key, type: "success" });
    void takeSetting(queryClient, setting);
  };
  const takeBack = (setting: Setting) => setTaking({ setting, open: true, id: (taking?.id ?? 0) + 1 });
  const putBack = ({ key }: Setting, value: unknown) => {
    const id = (proposals.get(key)?.id ?? 0) + 1;
    setProposals(new Map([...proposals, [key, { id, value }]]));
    void navigate({ search: { setting: key } });
  };
  return (
    <div ref={content} tabIndex={-1} className="grid grid-cols-[minmax(0,1fr)] gap-5 outline-none">
      {!mayChange && (
        <p className="flex gap-2.5 rounded-xl border bg-card px-4 py-3 text-muted-foreground shadow-xs">
          <Lock aria-hidden className="mt-0.5 size-4 shrink-0" />
          <span>
            <Trans>
              You may look at the settings. Changing them needs the permission{" "}
              <code className="font-mono text-xs">settings.write</code>; somebody who may assign roles can give it to
              you.
            </Trans>
          </span>
        </p>
      )}
      <Tabs
        value={search.view ?? "settings"}
        onValueChange={(view) => void navigate({ search: view === "history" ? { view: "history" } : {} })}
        className="grid grid-cols-[minmax(0,1fr)] gap-5"
      >
        <TabsList aria-label={t`View`} className="w-fit">
          <TabsTab value="settings">
            <Trans>Settings</Trans>
          </TabsTab>
          <TabsTab value="history">
            <Trans>History</Trans>
          </TabsTab>
        </TabsList>
        {/* It stays, with what was typed, while somebody looks into the history. */}
        <TabsPanel value="settings" keepMounted tabIndex={-1} className="outline-none">
          <Settings
            settings={items}
            search={search.search ?? ""}
            target={search.setting}
            mayChange={mayChange}
            proposals={proposals}
            onSearch={(text) => void navigate({ search: text ? { search: text } : {}, replace: true })}
            onTarget={(setting) => void navigate({ search: (now) => ({ ...now, setting }), replace: true })}
            onTakeBack={takeBack}
            onSaved={saved}
          />
        </TabsPanel>
        <TabsPanel value="history" tabIndex={-1} className="outline-none">
          <SettingHistory
            settings={items}
            filter={search.key}
            mayChange={mayChange}
            onFilter={(key) => void navigate({ search: { view: "history", key }, replace: true })}
            onPutBack={putBack}
            onTakeBack={takeBack}
          />
        </TabsPanel>
      </Tabs>
      {taking && (
        <TakeBackDialog
          key={taking.id}
          setting={taking.setting}
          open={taking.open}
          onClose={() => setTaking({ ...taking, open: false })}
          onDone={saved}
          returnFocus={content}
        />
      )}
    </div>
  );
}
