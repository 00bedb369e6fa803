import { Trans, useLingui } from "@lingui/react/macro";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { asApiError } from "@/api/problem";
import type { Passkey } from "@/api/schema";
import { Section } from "@/components/layout/section";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { BackupCodes } from "@/features/session/backup-codes";
import { Listed, Row } from "@/features/sessions/listed";
import { useRefreshed } from "@/features/sessions/refreshed";
import { useFormat } from "@/lib/format";
import { hasPasskeys, isAtAddress } from "@/lib/passkeys";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { addPasskey, passkeysQuery, removePasskey, twoFactorQuery } from "./queries";
import { RenamePasskey } from "./rename-passkey";

/** One's own passkeys: set up by this browser, named, taken away. */
export function Passkeys() {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const client = useQueryClient();
  const [asked, setAsked] = useState<Passkey | null>(null);
  const [renamed, setRenamed] = useState<Passkey | null>(null);
  // Codes are shown once: nothing that is loaded meanwhile takes them away.
  const [codes, setCodes] = useState<readonly string[]>();
  const query = useQuery(passkeysQuery);
  const { data: status } = useQuery(twoFactorQuery);
  // Where a role demands a second factor, the server keeps the last one.
  const isLast = (query.data?.items.length ?? 0) < 2 && status && !status.totp_since && !status.required;
  const sessionsRefreshed = useRefreshed(undefined);
  const refreshed = async () => {
    await client.invalidateQueries({ queryKey: passkeysQuery.queryKey });
    await client.invalidateQueries({ queryKey: twoFactorQuery.queryKey });
  };
  const add = useMutation({
    mutationFn: addPasskey,
    onSuccess: async ({ backup_codes: made }) => {
      setCodes(made?.codes);
      await refreshed();
    },
  });
  const facts = (passkey: Passkey) => [
    t`set up ${formatDateTime(passkey.created_at)}`,
    passkey.last_used_at ? t`used ${formatDateTime(passkey.last_used_at)}` : t`not used yet`,
  ];
  if (codes) {
    return (
      <Section title={t`Passkeys`}>
        <BackupCodes codes={codes} onKept={() => setCodes(undefined)} />
      </Section>
    );
  }
  return (
    <Section title={t`Passkeys`} isList>
      <Listed
        query={query}
        loading={t`Loading your passkeys`}
        none={<Trans>None yet. A passkey signs you in by finger, face, PIN or security key, without a password.</Trans>}
      >
        {(passkeys) =>
          passkeys.map((passkey) => (
            <Row
              key={passkey.id}
              icon={KeyRound}
              name={passkey.name}
              isCurrent={false}
              mark={
                passkey.is_backed_up && (
                  <Badge>
                    <Trans>On several devices</Trans>
                  </Badge>
                )
              }
              facts={facts(passkey)}
              actions={
                <>
                  <Button size="small" aria-label={`${t`Rename`}: ${passkey.name}`} onClick={() => setRenamed(passkey)}>
                    <Trans>Rename…</Trans>
                  </Button>
                  <Button
                    size="small"
                    aria-label={`${t`Take away`}: ${passkey.name}`}
                    onClick={() => setAsked(passkey)}
                  >
                    <Trans>Take away…</Trans>
                  </Button>
                </>
              }
            />
          ))
        }
      </Listed>
      <div className="flex flex-col items-start gap-2 border-t p-4">
        {hasPasskeys() ? (
          <Button size="small" busy={add.isPending} onClick={() => add.mutate()}>
            <Trans>Set up a passkey</Trans>
          </Button>
        ) : (
          <p className="text-muted-foreground">
            {isAtAddress() ? (
              <Trans>
                Browsers use no passkeys at an IP address. Open the console by its name, or at localhost on this
                machine.
              </Trans>
            ) : (
              <Trans>
                This browser does not support passkeys. Open this page in one that does, by https or on localhost.
              </Trans>
            )}
          </p>
        )}
        {add.error && <ProblemNotice error={asApiError(add.error)} fields={[]} />}
      </div>
      <RenamePasskey passkey={renamed} onClose={() => setRenamed(null)} onRenamed={refreshed} />
      <ConfirmDialog
        open={asked !== null}
        onOpenChange={(open) => !open && setAsked(null)}
        title={t`Take ${asked?.name ?? ""} away?`}
        action={t`Take away`}
        tone="danger"
        run={async () => {
          if (asked) await removePasskey(asked.id);
          await Promise.all([refreshed(), sessionsRefreshed()]);
        }}
      >
        {isLast ? (
          <Trans>
            The passkey and the backup codes are void then. Your other sessions that were proven by them end. From now
            on the password alone signs you in. Delete the passkey on your device as well.
          </Trans>
        ) : (
          <Trans>
            It signs in to this account no more. Your other sessions that were proven by a passkey end. Delete it on
            your device as well.
          </Trans>
        )}
      </ConfirmDialog>
    </Section>
  );
}
