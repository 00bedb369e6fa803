import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { TwoFactorStatus } from "@/api/schema";
import { Section } from "@/components/layout/section";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Badge } from "@/components/ui/badge";
import { Skeleton } from "@/components/ui/skeleton";
import { BackupCodes } from "@/features/session/backup-codes";
import { useRefreshed } from "@/features/sessions/refreshed";
import { FactorInUse } from "./factor-in-use";
import { twoFactorQuery } from "./queries";
import { SetUpFactor } from "./set-up-factor";

/** One's own second factor: set up, turned off, its backup codes made anew. */
export function SecondFactor() {
  const { t } = useLingui();
  const { data: status, error, refetch, isFetching } = useQuery(twoFactorQuery);
  const mark = status?.enabled ? (
    <Badge tone="success">
      <Trans>In use</Trans>
    </Badge>
  ) : undefined;
  return (
    <Section title={t`Second factor`} mark={mark}>
      {status ? (
        <Known status={status} />
      ) : error ? (
        <ErrorState error={error} retry={() => void refetch()} busy={isFetching} />
      ) : (
        <Loading label={t`Loading your second factor`}>
          <Skeleton className="h-20" />
        </Loading>
      )}
    </Section>
  );
}

function Known({ status }: { status: TwoFactorStatus }) {
  const queryClient = useQueryClient();
  // Codes are shown once: nothing that is loaded meanwhile takes them away.
  const [codes, setCodes] = useState<readonly string[]>();
  const sessionsRefreshed = useRefreshed(undefined);
  const look = () => {
    void queryClient.invalidateQueries({ queryKey: twoFactorQuery.queryKey });
    // What is proven by a factor that goes ends with it, and setting one up may have ended all others.
    void sessionsRefreshed();
  };
  const show = (fresh: readonly string[]) => {
    setCodes(fresh);
    look();
  };
  if (codes) return <BackupCodes codes={codes} onKept={() => setCodes(undefined)} />;
  return (
    <>
      {status.enabled && <FactorInUse status={status} onCodes={show} onRemoved={look} />}
      {!status.totp_since && (
        <SetUpFactor isRequired={status.required && !status.enabled} hasPasskeys={status.passkeys > 0} onCodes={show} />
      )}
    </>
  );
}
