import { Trans, useLingui } from "@lingui/react/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { AuditEntry } from "@/api/schema";
import { buttonVariants } from "@/components/ui/button";
import { By } from "@/features/audit/by";
import { entriesQuery } from "@/features/audit/queries";
import { actionWords } from "@/features/audit/words";
import { listSource } from "@/parts/list-source";
import { Timeline, type TimelineEntry } from "@/parts/timeline/timeline";
import { Nothing, UserSection } from "./user-section";

/** How many are shown at once. */
const AT_ONCE = 10;

/** What a user did, and what was done to them, as the audit log has it. */
export function UserAudit({ userId }: { userId: string }) {
  const { t } = useLingui();
  const query = useInfiniteQuery(entriesQuery({ about: userId }, AT_ONCE));
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
    <UserSection
      title={t`Audit log`}
      action={
        <Link to="/audit" search={{ about: userId }} className={buttonVariants({ size: "small" })}>
          <Trans>Look into the audit log</Trans>
        </Link>
      }
    >
      <div className="p-4">
        <Timeline
          label={t`What this user did, and what was done to them`}
          entries={entries.map(shown)}
          source={listSource(query)}
          empty={
            <Nothing>
              <Trans>The audit log has nothing about this user.</Trans>
            </Nothing>
          }
        />
      </div>
    </UserSection>
  );
}
