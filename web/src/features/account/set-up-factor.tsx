import { Trans, useLingui } from "@lingui/react/macro";
import { type FormEvent, useId, useState } from "react";
import { type ApiError, asApiError } from "@/api/problem";
import type { TotpEnrolment } from "@/api/schema";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { AppKey } from "@/features/session/app-key";
import { fieldSentence } from "@/features/session/form-text";
import { Checkbox } from "@/parts/checkbox";
import { beginTotp, confirmTotp } from "./queries";

interface SetUpFactorProps {
  /** Whether a role demands one. */
  isRequired: boolean;
  /** Whether there are passkeys, which are a second factor too. */
  hasPasskeys: boolean;
  onCodes: (codes: readonly string[]) => void;
}

/** Sets an authenticator app up. */
export function SetUpFactor({ isRequired, hasPasskeys, onCodes }: SetUpFactorProps) {
  const [key, setKey] = useState<TotpEnrolment>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const begin = async () => {
    setBusy(true);
    setError(null);
    try {
      setKey(await beginTotp());
    } catch (thrown) {
      setError(asApiError(thrown));
    }
    setBusy(false);
  };
  if (key) return <Confirm totpKey={key} onCodes={onCodes} onCancel={() => setKey(undefined)} />;
  return (
    <>
      <p className="text-muted-foreground">
        {isRequired ? (
          <Trans>Your role needs one: the next sign-in asks to set it up.</Trans>
        ) : hasPasskeys ? (
          <Trans>
            An authenticator app can stand beside your passkeys. Once it is in use, your backup codes are void, and new
            ones are shown.
          </Trans>
        ) : (
          <Trans>With an authenticator app a stolen password alone opens nothing.</Trans>
        )}
      </p>
      <ProblemNotice error={error} fields={[]} />
      <Button variant="primary" className="justify-self-start" busy={busy} onClick={begin}>
        <Trans>Set up an authenticator app</Trans>
      </Button>
    </>
  );
}

interface ConfirmProps {
  totpKey: TotpEnrolment;
  onCodes: (codes: readonly string[]) => void;
  onCancel: () => void;
}

function Confirm({ totpKey, onCodes, onCancel }: ConfirmProps) {
  const { t, i18n } = useLingui();
  const othersId = useId();
  const [code, setCode] = useState("");
  const [endsOthers, setEndsOthers] = useState(true);
  const [isMissing, setMissing] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const field = event.currentTarget.querySelector<HTMLInputElement>("[name=code]");
    setMissing(code.trim() === "");
    if (code.trim() === "") return field?.focus();
    setBusy(true);
    setError(null);
    try {
      onCodes((await confirmTotp(code.trim(), endsOthers)).codes);
    } catch (thrown) {
      setError(asApiError(thrown));
      setBusy(false);
      field?.select();
    }
  };
  const type = (next: string) => {
    setCode(next);
    setMissing(false);
    setError(null);
  };
  return (
    <form
      onSubmit={submit}
      noValidate
      aria-label={t`Set up an authenticator app`}
      className="grid max-w-sm grid-cols-[minmax(0,1fr)] gap-3"
    >
      <AppKey enrolment={totpKey} />
      <Field
        label={t`Code of your authenticator app`}
        hint={t`Six digits; a new one each half minute.`}
        error={isMissing ? t`Enter the code.` : fieldSentence(i18n, "code", error?.fieldErrors.code)}
      >
        {(control) => (
          <Input
            {...control}
            name="code"
            value={code}
            onChange={(event) => type(event.target.value)}
            autoComplete="one-time-code"
            inputMode="numeric"
            maxLength={20}
            spellCheck={false}
            autoFocus
            className="font-mono tracking-[0.15em]"
          />
        )}
      </Field>
      <label htmlFor={othersId} className="flex items-center gap-2 text-[0.8125rem]">
        <Checkbox id={othersId} checked={endsOthers} onChange={(event) => setEndsOthers(event.target.checked)} />
        <Trans>Sign me out everywhere else</Trans>
      </label>
      <ProblemNotice error={error} fields={["code"]} />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary" busy={busy}>
          <Trans>Put the app in use</Trans>
        </Button>
        <Button onClick={onCancel}>
          <Trans>Cancel</Trans>
        </Button>
      </div>
    </form>
  );
}
