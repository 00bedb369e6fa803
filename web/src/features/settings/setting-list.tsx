import { Trans, useLingui } from "@lingui/react/macro";
import { SearchX } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import type { Setting } from "@/api/schema";
import { EmptyState } from "@/components/state/empty-state";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { SearchInput } from "@/components/ui/search-input";
import { SERVICES } from "@/features/overview/service-texts";
import { keptNames } from "@/parts/drafts/kept-drafts";
import { groupSettings, isFound, type SettingGroup } from "./setting-groups";
import { type Proposal, SettingRow } from "./setting-row";

interface SettingListProps {
  settings: readonly Setting[];
  search: string;
  /** The key of the setting that the address leads to. */
  target: string | undefined;
  mayChange: boolean;
  /** Values of before that somebody wants to put back, by the key. */
  proposals: ReadonlyMap<string, Proposal>;
  onSearch: (search: string) => void;
  /** Says which setting the address shall lead to. */
  onTarget: (key: string | undefined) => void;
  onTakeBack: (setting: Setting) => void;
  onSaved: (setting: Setting) => void;
}

/** All settings by their section, those that a search finds. What is being changed stays, whatever is searched for. */
export function SettingList(props: SettingListProps) {
  const { settings, search, target, onSearch, onTarget, onSaved, ...shared } = props;
  const { t, i18n } = useLingui();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set([...keptNames(), ...(target ? [target] : [])]));
  useEffect(() => {
    if (target) setOpen((before) => new Set([...before, target]));
  }, [target]);
  const close = (key: string) => {
    setOpen((before) => new Set([...before].filter((one) => one !== key)));
    if (key === target) onTarget(undefined);
  };
  const isShown = (setting: Setting) =>
    isFound(i18n, setting, search) || open.has(setting.key) || setting.key === target;
  const groups = groupSettings(settings.filter(isShown));
  const isUnknown = target !== undefined && !settings.some(({ key }) => key === target);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
      <SearchInput
        label={t`Search settings`}
        placeholder={t`Key, name or what it is about`}
        value={search}
        onSearch={onSearch}
        className="sm:max-w-sm"
      />
      {isUnknown && (
        <p role="alert" className="rounded-xl bg-warning-surface px-4 py-3 text-warning">
          <Trans>
            There is no setting <code className="font-mono text-xs break-all">{target}</code> that can be changed while
            ORION runs. It may stand in the configuration file.
          </Trans>
        </p>
      )}
      {groups.length === 0 && (
        <EmptyState
          icon={SearchX}
          title={t`No setting matches`}
          action={<Button onClick={() => onSearch("")}>{t`Clear the search`}</Button>}
        >
          <Trans>What is read only when ORION starts is not here; it stands in the configuration file.</Trans>
        </EmptyState>
      )}
      {groups.map((group) => (
        <Group key={group.section} group={group}>
          {(setting) => (
            <SettingRow
              key={setting.key}
              setting={setting}
              isTarget={setting.key === target}
              isOpen={open.has(setting.key)}
              mayChange={shared.mayChange}
              proposal={shared.proposals.get(setting.key)}
              onToggle={(next) => (next ? onTarget(setting.key) : close(setting.key))}
              onTakeBack={() => shared.onTakeBack(setting)}
              onSaved={(saved) => {
                close(setting.key);
                onSaved(saved);
              }}
            />
          )}
        </Group>
      ))}
    </div>
  );
}

function Group({ group, children }: { group: SettingGroup; children: (setting: Setting) => ReactNode }) {
  return (
    <section>
      <h2 className="mb-2 px-1 text-[0.9375rem] font-semibold tracking-tight">
        <SectionTitle section={group.section} />
      </h2>
      <Card>
        <ul>{group.settings.map(children)}</ul>
      </Card>
    </section>
  );
}

function SectionTitle({ section }: { section: string }) {
  const { t } = useLingui();
  if (section === "log") return <Trans>Log</Trans>;
  const service = Object.entries(SERVICES).find(([name]) => name === section)?.[1];
  return service ? t(service.title) : section;
}
