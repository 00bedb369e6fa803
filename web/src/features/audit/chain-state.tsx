import { plural } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ShieldAlert, ShieldCheck, ShieldQuestion } from "lucide-react";
import { useState } from "react";
import { asApiError } from "@/api/problem";
import type { AuditVerification } from "@/api/schema";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Badge, type BadgeTone } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { useSession } from "@/features/session/session-life";
import { useFormat } from "@/lib/format";
import { notify } from "@/lib/notify";
import { holds } from "@/lib/permissions";
import { AUDIT, signCheckpoint, verificationQuery, verifyLog } from "./queries";

/** Whether the log holds, and what is known of its chain; it is verified anew, and signed, from here. */
export function ChainState() {
  const { t } = useLingui();
  const [running, setRunning] = useState<string | null>();
  // Who reads the log of an organisation alone is told nothing of the whole.
  const isTold = holds(useSession()?.permissions ?? [], "audit.read");
  const { data, error, refetch, isFetching } = useQuery({ ...verificationQuery(running), enabled: isTold });
  // It is done once there is a later one than before.
  if (running !== undefined && data && data.verified_at !== running) setRunning(undefined);
  if (!isTold) return null;
  if (!data) {
    return error ? (
      <ErrorState error={error} retry={() => void refetch()} busy={isFetching} />
    ) : (
      <Loading label={t`Looking at the state of the log`}>
        <Skeleton className="h-24 rounded-xl" />
      </Loading>
    );
  }
  return <Known state={data} busy={running !== undefined} onVerify={setRunning} />;
}

interface KnownProps {
  state: AuditVerification;
  busy: boolean;
  /** A verification was begun; when the one before was. */
  onVerify: (before: string | null) => void;
}

function Known({ state, busy, onVerify }: KnownProps) {
  const { t } = useLingui();
  const { formatDateTime, formatCount } = useFormat();
  const client = useQueryClient();
  const run = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      const { problem } = asApiError(error);
      notify({ type: "error", title: problem.title, ...(problem.detail && { description: problem.detail }) });
    }
  };
  const sign = async () => {
    const checkpoint = await signCheckpoint();
    save(`audit-checkpoint-${checkpoint.position}.json`, JSON.stringify(checkpoint, null, 2));
    await client.invalidateQueries({ queryKey: [...AUDIT, "verification"] });
  };
  const { verified_at, checkpoint, cut_at, retention_days, redacted } = state;
  const facts = [
    verified_at ? t`verified ${formatDateTime(verified_at)}` : t`not verified yet`,
    t`${plural(state.entries, { one: "# entry", other: "# entries" })}`,
    t`kept for ${plural(retention_days, { one: "# day", other: "# days" })}`,
    cut_at && t`removed for their age up to ${formatCount(state.cut_position)}, last ${formatDateTime(cut_at)}`,
    redacted > 0 && t`${plural(redacted, { one: "# redacted", other: "# redacted" })}`,
    checkpoint && t`signed up to ${formatCount(checkpoint.position)}, ${formatDateTime(checkpoint.taken_at)}`,
  ];
  const isUnfinished = state.is_finished === false;
  // That it did not come to its end is all that was found then; more than that is what the time before has found.
  const isUnknown = isUnfinished && state.break_count <= 1;
  return (
    <Card className="p-4">
      <section aria-label={t`State of the chain`} className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-72" aria-live="polite">
          <Verdict state={state} isKnown={!isUnknown} />
          <p className="mt-1.5 text-[0.8125rem] break-words text-muted-foreground">
            {facts.filter(Boolean).join(" · ")}
          </p>
          {isUnfinished && (
            <p className="mt-1.5 text-[0.8125rem]">
              <Trans>The verification did not come to its end. It is tried again within the hour.</Trans>
            </p>
          )}
          {!isUnknown && state.breaks.length > 0 && (
            <ul className="mt-2 list-disc pl-5 text-[0.8125rem] text-danger">
              {state.breaks.map((found) => (
                <li key={found}>{found}</li>
              ))}
              {state.break_count > state.breaks.length && (
                <li>
                  <Trans>and {formatCount(state.break_count - state.breaks.length)} more</Trans>
                </li>
              )}
            </ul>
          )}
        </div>
        <div className="flex flex-wrap gap-2">
          <Button
            size="small"
            busy={busy}
            onClick={() => void run(async () => onVerify((await verifyLog()).verified_at))}
          >
            <Trans>Verify now</Trans>
          </Button>
          <Button size="small" onClick={() => void run(sign)}>
            <Trans>Save a signed checkpoint</Trans>
          </Button>
        </div>
      </section>
    </Card>
  );
}

function Verdict({ state, isKnown }: { state: AuditVerification; isKnown: boolean }) {
  const { t } = useLingui();
  const [tone, Icon, words]: [BadgeTone, typeof ShieldCheck, string] = !isKnown
    ? ["warning", ShieldQuestion, t`It is not known whether the log holds`]
    : !state.holds
      ? ["danger", ShieldAlert, t`The log does not hold: it was tampered with`]
      : state.verified_at
        ? ["success", ShieldCheck, t`The log holds`]
        : ["neutral", ShieldQuestion, t`The log was not verified yet`];
  return (
    <Badge tone={tone}>
      <Icon aria-hidden />
      {words}
    </Badge>
  );
}

/** Gives the browser a file to keep. */
function save(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
