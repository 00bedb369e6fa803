import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import { hasPasskeys, isAtAddress } from "@/lib/passkeys";
import { CodeStep } from "./code-step";
import { provenStep } from "./session";
import { isTrusting, OtherWay, STEP_FORM, StepFoot, type StepProps, TrustBox } from "./step-foot";

/** A passkey, where there is nothing else but backup codes. */
export function PasskeyStep(props: StepProps) {
  const { t } = useLingui();
  const { flow, error, busy, send, beside } = props;
  const [wantsBackup, setBackup] = useState(false);
  const hasBackup = flow.methods.includes("backup_code");
  if (hasBackup && (wantsBackup || !hasPasskeys())) return <CodeStep {...props} />;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    event.stopPropagation();
    const trusts = isTrusting(event.currentTarget);
    send("passkey", () => provenStep(trusts));
  };
  return (
    <form onSubmit={submit} className={STEP_FORM}>
      <p className="mb-1 text-muted-foreground">
        {hasPasskeys()
          ? t`Your browser asks for your passkey: by finger, face, PIN or security key.`
          : isAtAddress()
            ? t`Your account asks for a passkey, and browsers use none at an IP address. Open the console by its name.`
            : t`Your account asks for a passkey, and this browser does not support passkeys. Use one that does.`}
      </p>
      <TrustBox
        flow={flow}
        words={(days) =>
          t`${plural(days, {
            one: "Trust this browser: ask for no passkey here for # day",
            other: "Trust this browser: ask for no passkey here for # days",
          })}`
        }
      />
      {hasPasskeys() && <StepFoot error={error} fields={[]} busy={busy} beside={beside} action={t`Use a passkey`} />}
      {hasBackup && <OtherWay onClick={() => setBackup(true)}>{t`No passkey at hand? Use a backup code`}</OtherWay>}
    </form>
  );
}
