import { useLingui } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { asApiError } from "@/api/problem";
import type { ConsoleFlow } from "@/api/schema";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Field } from "@/components/ui/field";
import { PasswordInput } from "@/components/ui/password-input";
import { hasPasskeys } from "@/lib/passkeys";
import { AppEnrolment } from "./app-enrolment";
import { BackupCodes } from "./backup-codes";
import { CodeStep } from "./code-step";
import { fieldSentence, formText } from "./form-text";
import { NewPasswordField, useNewPassword } from "./new-password-field";
import { PasskeyStep } from "./passkey-step";
import { ProviderWays } from "./provider-ways";
import { type Entry, needsStep, provenStep, takeStep } from "./session";
import { OtherWay, STEP_FORM, StepFoot, type StepProps } from "./step-foot";

interface SignInStepsProps {
  /** What is needed first. */
  flow: ConsoleFlow;
  /** With the session, or with nothing when the one that there was goes on. */
  onDone: (entry: Exclude<Entry, ConsoleFlow> | undefined) => void | Promise<void>;
  /** Where to begin again, when it took too long or was tried too often. */
  over: ReactNode;
  /** What stands beside the button. */
  beside?: ReactNode;
}

/** The steps of a sign-in after the first one, or of a step-up, one after the other. */
export function SignInSteps({ flow: first, onDone, over, beside }: SignInStepsProps) {
  const [flow, setFlow] = useState(first);
  const mutation = useMutation({
    mutationFn: takeStep,
    onSuccess: async (entry) => {
      if (needsStep(entry)) setFlow(entry);
      else await onDone(entry);
    },
  });
  const error = mutation.error && asApiError(mutation.error);
  if (error?.kind === "flow-over") {
    return (
      <>
        <ProblemNotice error={error} fields={[]} />
        {over}
      </>
    );
  }
  const send: StepProps["send"] = (step, given) => {
    if (!mutation.isPending) mutation.mutate({ step, given });
  };
  // A step that follows begins with an empty form.
  return <Step key={flow.next} flow={flow} error={error} busy={mutation.isPending} send={send} beside={beside} />;
}

function Step(props: StepProps) {
  const { flow, error, busy, send } = props;
  switch (flow.next) {
    case "first_factor":
      return <FirstFactor {...props} />;
    case "second_factor":
      return flow.methods.includes("totp") ? <CodeStep {...props} /> : <PasskeyStep {...props} />;
    case "enrol_second_factor":
      return (
        <>
          <AppEnrolment />
          <CodeStep {...props} />
        </>
      );
    case "keep_backup_codes":
      return (
        <>
          <BackupCodes
            codes={flow.backup_codes?.codes ?? []}
            busy={busy}
            onKept={() => send("kept-backup-codes", {})}
          />
          <ProblemNotice error={error} fields={[]} />
        </>
      );
    case "new_password":
      return <NewPasswordStep {...props} />;
  }
}

function FirstFactor(props: StepProps) {
  const { methods } = props.flow;
  const hasPassword = methods.includes("password");
  const hasPasskey = methods.includes("passkey");
  return (
    <>
      {hasPassword ? <PasswordStep {...props} /> : hasPasskey && <PasskeyStep {...props} />}
      <ProviderWays {...props} isOnly={!hasPassword && !hasPasskey} />
    </>
  );
}

function PasswordStep({ flow, error, busy, send, beside }: StepProps) {
  const { t, i18n } = useLingui();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    // React hands the event on to the form that a dialog was opened from, although it stands elsewhere in the document.
    event.stopPropagation();
    send("password", { password: formText(new FormData(event.currentTarget), "password") });
  };
  return (
    <form onSubmit={submit} className={STEP_FORM}>
      <Field label={t`Password`} error={fieldSentence(i18n, "password", error?.fieldErrors.password)}>
        {(control) => <PasswordInput {...control} name="password" autoComplete="current-password" required autoFocus />}
      </Field>
      <StepFoot error={error} fields={["password"]} busy={busy} beside={beside} />
      {flow.methods.includes("passkey") && hasPasskeys() && (
        <OtherWay onClick={() => send("passkey", () => provenStep(false))}>{t`Use a passkey instead`}</OtherWay>
      )}
    </form>
  );
}

function NewPasswordStep({ error, busy, send, beside }: StepProps) {
  const { t } = useLingui();
  const password = useNewPassword();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    event.stopPropagation();
    if (password.accept()) send("new-password", { new_password: password.typed });
    else event.currentTarget.querySelector("input")?.focus();
  };
  return (
    <form onSubmit={submit} noValidate className={STEP_FORM}>
      <p className="mb-2 text-muted-foreground">{t`Your password has to be changed before you go on.`}</p>
      <NewPasswordField label={t`New password`} password={password} error={error?.fieldErrors.new_password} autoFocus />
      <StepFoot error={error} fields={["new_password"]} busy={busy} beside={beside} />
    </form>
  );
}
