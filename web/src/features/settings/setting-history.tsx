import { Trans, useLingui } from "@lingui/react/macro";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { History, PencilLine, RotateCcw, Undo2 } from "lucide-react";
import { useId } from "react";
import type { Setting, SettingChange } from "@/api/schema";
import { EmptyState } from "@/components/state/empty-state";
import { Button, buttonVariants } from "@/components/ui/button";
import { listSource } from "@/parts/list-source";
import { Select } from "@/parts/select";
import { Timeline, type TimelineEntry } from "@/parts/timeline/timeline";
import { Person } from "./person";
import { changesQuery } from "./queries";
import { useNodeOf } from "./setting-node";
import { useValueText } from "./use-value-text";

interface SettingHistoryProps {
  settings: readonly Setting[];
  /** The setting that it is about; all of them without one. */
  filter: string | undefined;
  mayChange: boolean;
  onFilter: (key: string | undefined) => void;
  /** Wants the value that stood there before a change. */
  onPutBack: (setting: Setting, value: unknown) => void;
  /** Wants the value of the start. */
  onTakeBack: (setting: Setting) => void;
}

/** Who changed what, when and why, with a way back to each value. */
export function SettingHistory(props: SettingHistoryProps) {
  const { settings, filter, onFilter } = props;
  const { t } = useLingui();
  const id = useId();
  const valueText = useValueText();
  const nodeOf = useNodeOf();
  const query = useInfiniteQuery({ ...changesQuery(filter), placeholderData: keepPreviousData });
  const changes = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const settingOf = (key: string) => settings.find((one) => one.key === key);
  const entryOf = (change: SettingChange): TimelineEntry => {
    const setting = settingOf(change.key);
    const node = setting && nodeOf(setting);
    const said = (value: unknown) => (value === null ? t`value of the start` : valueText(node, value));
    return {
      id: String(change.version),
      at: change.changed_at,
      title: `${change.key}: ${said(change.before)} → ${said(change.after)}`,
      actor: <Person id={change.changed_by} />,
      icon: change.after === null ? Undo2 : PencilLine,
      tone: change.after === null ? "neutral" : "warning",
      note: <ChangeNote {...props} change={change} setting={setting} before={said(change.before)} />,
    };
  };
  const isUnknown = filter !== undefined && !settingOf(filter);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <label htmlFor={id} className="text-[0.8125rem] font-medium">
          <Trans>Setting</Trans>
        </label>
        <Select
          id={id}
          value={filter ?? ""}
          onChange={(event) => onFilter(event.target.value || undefined)}
          className="w-96 max-w-full min-w-0"
        >
          <option value="">{t`All settings`}</option>
          {isUnknown && <option value={filter}>{filter}</option>}
          {settings.map(({ key }) => (
            <option key={key} value={key}>
              {key}
            </option>
          ))}
        </Select>
        {filter !== undefined && !isUnknown && (
          <Link
            to="/settings"
            search={{ setting: filter }}
            className={buttonVariants({ variant: "ghost", size: "small" })}
          >
            <Trans>Go to the setting</Trans>
          </Link>
        )}
      </div>
      <Timeline
        label={t`What was changed`}
        heading="h2"
        entries={changes.map(entryOf)}
        source={listSource(query)}
        empty={
          <EmptyState icon={History} title={t`Nothing was changed yet`}>
            <Trans>Each change stands here with who made it, when and why.</Trans>
          </EmptyState>
        }
      />
    </div>
  );
}

interface ChangeNoteProps extends SettingHistoryProps {
  change: SettingChange;
  /** What the change was about; undefined where this version has no such setting. */
  setting: Setting | undefined;
  /** The value of before, in words. */
  before: string;
}

/** Why it was changed, and the way back to what was there before. */
function ChangeNote({ change, setting, before, mayChange, onPutBack, onTakeBack }: ChangeNoteProps) {
  const { t } = useLingui();
  const { key, reason } = change;
  const isThere = setting !== undefined && isInForce(setting, change.before);
  return (
    <>
      {reason && (
        <p className="max-w-prose text-[0.8125rem] break-words text-muted-foreground">
          <Trans>
            Why: <bdi>{reason}</bdi>
          </Trans>
        </p>
      )}
      {mayChange && setting && !isThere && (
        <Button
          variant="ghost"
          size="small"
          aria-label={t`Put back: ${before} (${key})`}
          onClick={() => (change.before === null ? onTakeBack(setting) : onPutBack(setting, change.before))}
          className="-ml-2.5 h-auto min-h-8 max-w-full py-1 text-left break-words whitespace-normal"
        >
          <RotateCcw aria-hidden />
          <Trans>Put back: {before}</Trans>
        </Button>
      )}
    </>
  );
}

/** Whether a value of the history is what stands there now; null stands for that of the start. */
const isInForce = ({ is_changed, value }: Setting, before: unknown): boolean =>
  before === null ? !is_changed : is_changed && JSON.stringify(value) === JSON.stringify(before);
