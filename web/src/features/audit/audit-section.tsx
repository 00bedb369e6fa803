import { Trans, useLingui } from "@lingui/react/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { AuditEntry } from "@/api/schema";
import { Nothing, PageSection } from "@/components/layout/page-section";
import { buttonVariants } from "@/components/ui/button";
import { listSource } from "@/parts/list-source";
import { Timeline, type TimelineEntry } from "@/parts/timeline/timeline";
import { By } from "./by";
import type { AuditFilter } from "./filter";
import { entriesQuery } from "./queries";
import { actionWords } from "./words";

/** How many are shown at once. */
const AT_ONCE = 10;

interface AuditSectionProps {
  /** What the entries are about. */
  filter: AuditFilter;
  /** What they are: "What happened to Ada". */
  label: string;
  /** What is said where there are none. */
  none: ReactNode;
  /** What is kept of the thing, where a change of that is told of by its key: the entries are looked at anew with it. */
  under?: readonly string[];
}

/** The newest entries of the audit log about one thing, on that thing's page. */
export function AuditSection({ filter, label, none, under = [] }: AuditSectionProps) {
  const { t } = useLingui();
  const entriesOf = entriesQuery(filter, AT_ONCE);
  const query = useInfiniteQuery({ ...entriesOf, queryKey: [...under, ...entriesOf.queryKey] });
  const entries = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const shown = (entry: AuditEntry): TimelineEntry => ({
    id: entry.id,
    at: entry.occurred_at,
    title: entry.description,
    actor: <By entry={entry} />,
    tone: entry.success ? "neutral" : "warning",
    note: (
      <p className="text-[0.8125rem] text-muted-foreground">
        {[actionWords(entry.action, t), entry.service, entry.ip_address].filter(Boolean).join(" · ")}{" "}
        <Link
          to="/audit/$entryId"
          params={{ entryId: entry.id }}
          aria-label={t`Look at it: ${entry.description}`}
          className="underline decoration-border underline-offset-4 hover:decoration-current"
        >
          <Trans>Look at it</Trans>
        </Link>
      </p>
    ),
  });
  return (
    <PageSection
      title={t`Audit log`}
      action={
        <Link to="/audit" search={filter} className={buttonVariants({ size: "small" })}>
          <Trans>Look into the audit log</Trans>
        </Link>
      }
    >
      <div className="p-4">
        <Timeline
          label={label}
          entries={entries.map(shown)}
          source={listSource(query)}
          empty={<Nothing>{none}</Nothing>}
        />
      </div>
    </PageSection>
  );
}
