import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { type FormEvent, type MouseEvent, useState } from "react";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { hasPasskeys } from "@/lib/passkeys";
import { fieldSentence, formText } from "./form-text";
import { madeStep, provenStep } from "./session";
import { isTrusting, OtherWay, STEP_FORM, StepFoot, type StepProps, TrustBox } from "./step-foot";

/** A code of the authenticator app, or a backup code; with a word on the passkey, where there is one or can be one. */
export function CodeStep({ flow, error, busy, send, beside }: StepProps) {
  const { t, i18n } = useLingui();
  const hasApp = flow.next === "enrol_second_factor" || flow.methods.includes("totp");
  const [wantsBackup, setBackup] = useState(false);
  const isBackup = wantsBackup || !hasApp;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    event.stopPropagation();
    const code = formText(new FormData(event.currentTarget), "code").trim();
    send(isBackup ? "backup-code" : "totp", { code, ...(isTrusting(event.currentTarget) && { trust_device: true }) });
  };
  const prove = ({ currentTarget }: MouseEvent<HTMLButtonElement>) => {
    const trusts = isTrusting(currentTarget.form);
    send("passkey", () => provenStep(trusts));
  };
  const make = ({ currentTarget }: MouseEvent<HTMLButtonElement>) => {
    const trusts = isTrusting(currentTarget.form);
    send("passkey-enrolment", () => madeStep(trusts));
  };
  return (
    <form onSubmit={submit} className={STEP_FORM}>
      <Field
        label={isBackup ? t`Backup code` : t`Code of your authenticator app`}
        hint={isBackup ? t`Each is good once.` : t`Six digits; a new one each half minute.`}
        error={fieldSentence(i18n, "code", error?.fieldErrors.code)}
      >
        {(control) => (
          <Input
            {...control}
            key={isBackup ? "backup" : "app"}
            name="code"
            required
            autoFocus
            autoComplete="one-time-code"
            autoCapitalize="characters"
            inputMode={isBackup ? "text" : "numeric"}
            maxLength={20}
            spellCheck={false}
            className="font-mono tracking-[0.15em]"
          />
        )}
      </Field>
      <TrustBox
        flow={flow}
        words={(days) =>
          t`${plural(days, {
            one: "Trust this browser: ask for no code here for # day",
            other: "Trust this browser: ask for no code here for # days",
          })}`
        }
      />
      <StepFoot error={error} fields={["code"]} busy={busy} beside={beside} />
      {hasApp && flow.methods.includes("backup_code") && (
        <OtherWay onClick={() => setBackup(!isBackup)}>
          {isBackup ? t`Use the app after all` : t`No app at hand? Use a backup code`}
        </OtherWay>
      )}
      {flow.methods.includes("passkey") && hasPasskeys() && (
        <OtherWay onClick={prove}>{t`Use a passkey instead`}</OtherWay>
      )}
      {flow.methods.includes("passkey_enrolment") && hasPasskeys() && (
        <OtherWay onClick={make}>{t`Set up a passkey instead`}</OtherWay>
      )}
    </form>
  );
}
