import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft, FileX } from "lucide-react";
import { type ReactNode, useState } from "react";
import { isNoSuch } from "@/api/no-such";
import type { AuditEntryDetail } from "@/api/schema";
import { PAGE_BOX, PageHeader, usePageTitle } from "@/components/layout/page-header";
import { EmptyState } from "@/components/state/empty-state";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Badge } from "@/components/ui/badge";
import { Button, buttonVariants } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { OrganisationName } from "@/features/directory/organisation-name";
import { useSession } from "@/features/session/session-life";
import { cn } from "@/lib/cn";
import { useFormat } from "@/lib/format";
import { notify } from "@/lib/notify";
import { holds } from "@/lib/permissions";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { DiffView } from "@/parts/diff/diff-view";
import { By } from "./by";
import { Marks } from "./entry-list";
import { ObjectName } from "./object-name";
import { AUDIT, entryQuery, redactEntry } from "./queries";

const route = getRouteApi("/_console/audit_/$entryId");

/** One entry of the audit log: all that it says, what was before and after, and its link in the chain. */
export function EntryPage() {
  const { t } = useLingui();
  const { entryId } = route.useParams();
  const { data, error, refetch, isFetching } = useQuery(entryQuery(entryId));
  if (isNoSuch(error)) return <NoSuchEntry />;
  return (
    <div className={cn(PAGE_BOX, "flex flex-col gap-4")}>
      <Link to="/audit" className={cn(buttonVariants({ variant: "ghost", size: "small" }), "-ml-2 self-start")}>
        <ArrowLeft aria-hidden />
        <Trans>All entries</Trans>
      </Link>
      {data ? (
        <Known detail={data} />
      ) : error ? (
        <ErrorState error={error} heading="h1" retry={() => void refetch()} busy={isFetching} />
      ) : (
        <Loading label={t`Loading the entry`} heading="h1">
          <Skeleton className="h-7 w-48" />
          <Skeleton className="mt-6 h-40 rounded-xl" />
        </Loading>
      )}
    </div>
  );
}

function Known({ detail: { entry, link, holds: isWhole } }: { detail: AuditEntryDetail }) {
  const { t } = useLingui();
  const { formatDateTime, formatCount } = useFormat();
  const mayRedact = holds(useSession()?.permissions ?? [], "audit.redact");
  const { redaction } = entry;
  const hasValues = entry.old_values !== null || entry.new_values !== null;
  const facts: [string, ReactNode][] = [
    [t`When`, formatDateTime(entry.occurred_at)],
    [t`By`, <By key="by" entry={entry} />],
    [t`To what`, <ObjectName key="object" object={entry.object} />],
    [t`Service`, entry.service],
    [t`Organisation`, entry.organisation_id && <OrganisationName key="organisation" id={entry.organisation_id} />],
    [t`IP address`, entry.ip_address],
    [t`Program`, entry.user_agent],
    [t`Request`, entry.request_id],
    [t`Entry`, entry.id],
    [t`Link`, t`${formatCount(link.position)}, appended ${formatDateTime(link.appended_at)}`],
    [
      t`Hash`,
      <code key="hash" className="font-mono text-xs break-all">
        {link.hash}
      </code>,
    ],
  ];
  return (
    <>
      <PageHeader
        title={entry.description}
        actions={
          <>
            <Marks entry={entry} />
            {!isWhole ? (
              <Badge tone="danger">{t`tampered with`}</Badge>
            ) : (
              // Of what was redacted nothing is as it was.
              !redaction && <Badge tone="success">{t`as it was written`}</Badge>
            )}
            {mayRedact && !redaction && <Redact />}
          </>
        }
      />
      {redaction && (
        <Card className="p-4 text-[0.8125rem]">
          <Trans>The personal values were taken out {formatDateTime(redaction.at)}.</Trans> {redaction.reason}
        </Card>
      )}
      <Card className="p-4">
        <dl className="grid grid-cols-[repeat(auto-fill,minmax(min(17rem,100%),1fr))] gap-x-6 gap-y-3">
          {facts
            .filter(([, value]) => value)
            .map(([name, value]) => (
              <div key={name} className="min-w-0">
                <dt className="text-xs font-medium text-muted-foreground">{name}</dt>
                <dd className="mt-0.5 break-words">{value}</dd>
              </div>
            ))}
        </dl>
      </Card>
      {hasValues && !redaction && (
        <DiffView
          label={t`What was before, and after`}
          before={entry.old_values ?? undefined}
          after={entry.new_values ?? undefined}
        />
      )}
    </>
  );
}

/** Takes the personal values out of an entry, for good. */
function Redact() {
  const { t } = useLingui();
  const { entryId: id } = route.useParams();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const redact = async (reason: string) => {
    client.setQueryData(entryQuery(id).queryKey, await redactEntry(id, reason));
    await client.invalidateQueries({ queryKey: [...AUDIT, "entries"] });
    notify({ type: "success", title: t`The personal values are taken out` });
  };
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>
        <Trans>Redact…</Trans>
      </Button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={t`Take the personal values out of this entry?`}
        action={t`Redact`}
        tone="danger"
        leastReason={5}
        run={({ reason }) => redact(reason)}
        returnFocus={() => false}
      >
        <Trans>
          What was before and after, the description, the address and the program are gone for good. Who did what to
          what, and when, stays, and the log still holds. The reason stays as well, so it should name nobody.
        </Trans>
      </ConfirmDialog>
    </>
  );
}

function NoSuchEntry() {
  const { t } = useLingui();
  usePageTitle(t`Not found`);
  return (
    <EmptyState
      icon={FileX}
      heading="h1"
      title={t`There is no such entry`}
      action={
        <Link to="/audit" className={buttonVariants()}>
          <Trans>Go to the audit log</Trans>
        </Link>
      }
    >
      <Trans>The address may be incomplete, or the entry was too old to be kept.</Trans>
    </EmptyState>
  );
}
