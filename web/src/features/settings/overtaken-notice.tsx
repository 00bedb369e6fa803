import { Trans, useLingui } from "@lingui/react/macro";
import { UsersRound } from "lucide-react";
import type { Setting } from "@/api/schema";
import { Button } from "@/components/ui/button";
import { useFormat } from "@/lib/format";
import { useNow } from "@/lib/use-now";
import { DiffView } from "@/parts/diff/diff-view";
import type { SchemaNode } from "@/parts/schema-form/nodes";
import { Person } from "./person";
import { useValueText } from "./use-value-text";

interface OvertakenNoticeProps {
  /** As somebody else has made it. */
  setting: Setting;
  node: SchemaNode;
  typed: unknown;
  onTakeTheirs: () => void;
  onKeepMine: () => void;
}

/** Says that somebody else was faster, shows both values, and lets one decide. */
export function OvertakenNotice({ setting, node, typed, onTakeTheirs, onKeepMine }: OvertakenNoticeProps) {
  const { t } = useLingui();
  const { formatAgo } = useFormat();
  const valueText = useValueText();
  const now = useNow(30_000);
  const ago = setting.changed_at ? formatAgo(setting.changed_at, now) : "";
  const person = <Person id={setting.changed_by} />;
  return (
    <div className="mb-2 grid grid-cols-[minmax(0,1fr)] gap-3 rounded-lg border border-warning/40 bg-warning-surface p-3">
      <p role="alert" className="flex gap-2.5 text-warning">
        <UsersRound aria-hidden className="mt-0.5 size-4 shrink-0" />
        <span className="min-w-0">
          <Trans>
            {person} has changed this while you were at it ({ago}). Nothing of yours is lost: decide what it shall be.
          </Trans>
        </span>
      </p>
      <DiffView
        label={t`What it is now, and what you typed`}
        before={valueText(node, setting.value)}
        after={typed === null ? "" : valueText(node, typed)}
        beforeLabel={t`What it is now`}
        afterLabel={t`What you typed`}
      />
      <div className="flex flex-wrap gap-2">
        <Button size="small" onClick={onTakeTheirs}>
          <Trans>Take what it is now</Trans>
        </Button>
        <Button size="small" onClick={onKeepMine}>
          <Trans>Go on with mine</Trans>
        </Button>
      </div>
    </div>
  );
}
