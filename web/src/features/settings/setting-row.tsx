import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { History, Pencil, Undo2, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { Setting } from "@/api/schema";
import { Badge } from "@/components/ui/badge";
import { Button, buttonVariants } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { useFormat } from "@/lib/format";
import { useNow } from "@/lib/use-now";
import { mayLeave } from "@/parts/drafts/drafts";
import { HelpText, rangeOf } from "@/parts/schema-form/help-text";
import { useWords } from "@/parts/schema-form/words";
import { Person } from "./person";
import { SettingForm } from "./setting-form";
import { useNodeOf } from "./setting-node";
import { useValueText } from "./use-value-text";

export interface Proposal {
  /** Tells two of the same value apart. */
  id: number;
  value: unknown;
}

interface SettingRowProps {
  setting: Setting;
  /** Whether the address leads here. */
  isTarget: boolean;
  isOpen: boolean;
  mayChange: boolean;
  proposal: Proposal | undefined;
  onToggle: (open: boolean) => void;
  onTakeBack: () => void;
  onSaved: (setting: Setting) => void;
}

/** One setting: what it is, what it means, and the form that changes it. */
export function SettingRow(props: SettingRowProps) {
  const { setting, isTarget, isOpen, mayChange, proposal, onToggle, onTakeBack, onSaved } = props;
  const { t } = useLingui();
  const valueText = useValueText();
  const node = useNodeOf()(setting);
  const { label } = node;
  const row = useRef<HTMLLIElement>(null);
  const toggle = useRef<HTMLButtonElement>(null);
  const [isTyped, setTyped] = useState(false);
  useEffect(() => {
    if (!isTarget || isOpen !== mayChange) return;
    row.current?.scrollIntoView?.({ block: "nearest" });
    // Whoever puts a value back comes from a page that is no longer seen.
    if (proposal) row.current?.querySelector<HTMLElement>("[name=value]")?.focus();
  }, [isTarget, isOpen, mayChange, proposal]);
  const value = valueText(node, setting.value);

  return (
    <li
      ref={row}
      data-setting={setting.key}
      aria-current={isTarget ? "location" : undefined}
      className={cn("scroll-my-16 border-b px-4 py-4 last:border-b-0 sm:px-5", isTarget && "bg-muted/60")}
    >
      <div className="flex flex-wrap gap-x-6 gap-y-3">
        <div className="min-w-0 flex-1 basis-80">
          <h3 className="flex flex-wrap items-center gap-x-2 gap-y-1 font-medium">
            {label}
            {setting.is_changed && (
              <Badge tone="warning">
                <Trans>Changed</Trans>
              </Badge>
            )}
          </h3>
          <code className="font-mono text-xs break-all text-muted-foreground select-all">{setting.key}</code>
          <p className="mt-1 max-w-prose text-[0.8125rem]/5 text-muted-foreground">
            <HelpText text={node.help} />
          </p>
          <ChangedBy setting={setting} />
        </div>
        <div className="flex min-w-0 flex-col gap-2 sm:w-72 sm:items-end sm:text-right">
          <div className="max-w-full">
            <p className={cn("font-medium break-words tabular-nums", setting.value === "" && "text-muted-foreground")}>
              {value}
            </p>
            <Facts setting={setting} />
          </div>
          <div className="flex flex-wrap gap-1 max-sm:-ml-2.5 sm:-mr-2.5 sm:justify-end">
            <Link
              to="/settings"
              search={{ view: "history", key: setting.key }}
              aria-label={t`History of ${label}`}
              className={buttonVariants({ variant: "ghost", size: "small" })}
            >
              <History aria-hidden />
              <Trans>History</Trans>
            </Link>
            {mayChange && setting.is_changed && (
              <Button variant="ghost" size="small" aria-label={t`Take back: ${label}`} onClick={onTakeBack}>
                <Undo2 aria-hidden />
                <Trans>Take back</Trans>
              </Button>
            )}
            {mayChange && (
              <Button
                ref={toggle}
                variant="ghost"
                size="small"
                aria-expanded={isOpen}
                aria-label={isOpen ? t`Close: ${label}` : t`Change ${label}`}
                onClick={async () => (!isOpen || (await mayLeave(isTyped))) && onToggle(!isOpen)}
              >
                {isOpen ? <X aria-hidden /> : <Pencil aria-hidden />}
                {isOpen ? <Trans>Close</Trans> : <Trans>Change</Trans>}
              </Button>
            )}
          </div>
        </div>
      </div>
      {isOpen && mayChange && (
        <div className="mt-4 rounded-lg border bg-background p-4">
          <SettingForm
            key={proposal?.id ?? 0}
            setting={setting}
            proposal={proposal}
            onTyped={setTyped}
            onSaved={(saved) => {
              onSaved(saved);
              toggle.current?.focus();
            }}
          />
        </div>
      )}
    </li>
  );
}

/** What it was at the start, where it is something else now, and what it may be. */
function Facts({ setting }: { setting: Setting }) {
  const valueText = useValueText();
  const words = useWords();
  const node = useNodeOf()(setting);
  const start = valueText(node, setting.start_value);
  const range = rangeOf(node, words);
  return (
    <p className="mt-0.5 text-xs text-muted-foreground tabular-nums">
      {setting.is_changed && (
        <span className="block break-words">
          <Trans>At the start: {start}</Trans>
        </span>
      )}
      {range && (
        <span className="block">
          <Trans>Possible: {range}</Trans>
        </span>
      )}
    </p>
  );
}

function ChangedBy({ setting: { changed_at, changed_by, is_changed } }: { setting: Setting }) {
  const { formatAgo, formatDateTime } = useFormat();
  const now = useNow(30_000);
  if (!changed_at) return null;
  const person = <Person id={changed_by} />;
  const ago = (
    <time dateTime={changed_at} title={formatDateTime(changed_at)}>
      {formatAgo(changed_at, now)}
    </time>
  );
  return (
    <p className="mt-1 text-xs text-muted-foreground">
      {is_changed ? (
        <Trans>
          Changed by {person}, {ago}
        </Trans>
      ) : (
        <Trans>
          Taken back by {person}, {ago}
        </Trans>
      )}
    </p>
  );
}
