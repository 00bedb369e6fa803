import { useLingui } from "@lingui/react/macro";
import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { AuditEntry } from "@/api/schema";
import { Line, PagedList } from "@/components/state/paged-list";
import { Badge } from "@/components/ui/badge";
import { useFormat } from "@/lib/format";
import { By } from "./by";
import { ObjectName } from "./object-name";
import { actionWords } from "./words";

interface EntryListProps {
  query: UseInfiniteQueryResult<InfiniteData<{ items: AuditEntry[] }>>;
  /** What is said where there is nothing. */
  none: ReactNode;
}

/** Entries of the audit log, each of which leads to all that it says. */
export function EntryList({ query, none }: EntryListProps) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  return (
    <PagedList query={query} loading={t`Loading the entries`} none={none}>
      {(entry) => (
        <Line
          key={entry.id}
          title={
            <Link
              to="/audit/$entryId"
              params={{ entryId: entry.id }}
              className="underline decoration-border underline-offset-4 hover:decoration-current"
            >
              {entry.description}
            </Link>
          }
          mark={<Marks entry={entry} />}
          about={<ObjectName object={entry.object} />}
          facts={[formatDateTime(entry.occurred_at), entry.service, entry.ip_address]}
          action={<By entry={entry} />}
        />
      )}
    </PagedList>
  );
}

/** What was done, and what there is to know of the entry itself. */
export function Marks({ entry }: { entry: AuditEntry }) {
  const { t } = useLingui();
  return (
    <>
      {/* Some of the words are as long as a phone's line beside who did it. */}
      <Badge className="shrink whitespace-normal">{actionWords(entry.action, t)}</Badge>
      {!entry.success && <Badge tone="warning">{t`not done`}</Badge>}
      {entry.redaction && <Badge tone="warning">{t`redacted`}</Badge>}
    </>
  );
}
