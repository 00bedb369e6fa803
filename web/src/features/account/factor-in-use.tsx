import { plural } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import type { TwoFactorStatus } from "@/api/schema";
import { Button } from "@/components/ui/button";
import { usedLast } from "@/features/security/method-words";
import { useFormat } from "@/lib/format";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { removeTotp, renewBackupCodes } from "./queries";

interface FactorInUseProps {
  status: TwoFactorStatus;
  onCodes: (codes: readonly string[]) => void;
  onRemoved: () => void;
}

/** So few backup codes are worth a word. */
const FEW = 2;

/** A second factor that is set up, and what can be done with it. */
export function FactorInUse({ status, onCodes, onRemoved }: FactorInUseProps) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const [asked, setAsked] = useState<"codes" | "off" | null>(null);
  const left = status.backup_codes_left;
  const close = (open: boolean) => !open && setAsked(null);
  return (
    <>
      <dl className="grid gap-x-6 gap-y-3 sm:grid-cols-4">
        <Fact label={t`Authenticator app since`} value={status.totp_since && formatDateTime(status.totp_since)} />
        <Fact label={t`Passkeys`} value={String(status.passkeys)} />
        <Fact label={t`Used last`} value={usedLast(status, formatDateTime, t)} />
        <Fact label={t`Backup codes left`} value={String(left)} />
      </dl>
      {left <= FEW && (
        <p className="rounded-md bg-warning-surface px-3 py-2.5 text-warning">
          {t`${plural(left, {
            0: "You have no backup codes. Without your second factor you could not sign in.",
            one: "You have # backup code left. Make new ones in time.",
            other: "You have # backup codes left. Make new ones in time.",
          })}`}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => setAsked("codes")}>
          <Trans>Make new backup codes</Trans>
        </Button>
        {status.totp_since && !status.required && (
          <Button onClick={() => setAsked("off")}>
            <Trans>Turn off</Trans>
          </Button>
        )}
      </div>
      {status.required && (
        <p className="text-[0.8125rem] text-muted-foreground">
          <Trans>Your role needs a second factor, so it cannot be turned off.</Trans>
        </p>
      )}
      <ConfirmDialog
        open={asked === "codes"}
        onOpenChange={close}
        title={t`Make new backup codes?`}
        action={t`Make new backup codes`}
        run={async () => onCodes((await renewBackupCodes()).codes)}
      >
        <Trans>The old ones are void at once. Your other sessions that were proven by a code end.</Trans>
      </ConfirmDialog>
      <ConfirmDialog
        open={asked === "off"}
        onOpenChange={close}
        title={t`Turn the second factor off?`}
        action={t`Turn off`}
        tone="danger"
        run={async () => {
          await removeTotp();
          onRemoved();
        }}
      >
        {status.passkeys > 0 ? (
          <Trans>
            The app is void then. Your other sessions that were proven by a code end. Your passkeys stay the second
            factor.
          </Trans>
        ) : (
          <Trans>
            The app and the backup codes are void then. Your other sessions that were proven by a code end. From now on
            the password alone signs you in.
          </Trans>
        )}
      </ConfirmDialog>
    </>
  );
}

function Fact({ label, value }: { label: string; value: string | null | undefined }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-muted-foreground">{label}</dt>
      <dd className="mt-0.5 break-words">{value ?? "–"}</dd>
    </div>
  );
}
