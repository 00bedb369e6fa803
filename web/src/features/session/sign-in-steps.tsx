import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { type ApiError, asApiError } from "@/api/problem";
import type { ConsoleFlow, ConsoleStep } from "@/api/schema";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { PasswordInput } from "@/components/ui/password-input";
import { AppEnrolment } from "./app-enrolment";
import { fieldSentence, formText } from "./form-text";
import { NewPasswordField, useNewPassword } from "./new-password-field";
import { type Entry, needsStep, type StepName, takeStep } from "./session";

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
  const send = (step: StepName, given: ConsoleStep) => {
    if (!mutation.isPending) mutation.mutate({ step, given });
  };
  // A step that follows begins with an empty form.
  return <Step key={flow.next} flow={flow} error={error} busy={mutation.isPending} send={send} beside={beside} />;
}

interface StepProps {
  flow: ConsoleFlow;
  error: ApiError | null;
  busy: boolean;
  send: (step: StepName, given: ConsoleStep) => void;
  beside: ReactNode;
}

function Step(props: StepProps) {
  switch (props.flow.next) {
    case "first_factor":
      return <PasswordStep {...props} />;
    case "second_factor":
      return <CodeStep {...props} />;
    case "enrol_second_factor":
      return (
        <>
          <AppEnrolment />
          <CodeStep {...props} />
        </>
      );
    case "new_password":
      return <NewPasswordStep {...props} />;
  }
}

const FORM = "grid grid-cols-[minmax(0,1fr)] gap-2";

function PasswordStep({ error, busy, send, beside }: StepProps) {
  const { t, i18n } = useLingui();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    // React hands the event on to the form that a dialog was opened from, although it stands elsewhere in the document.
    event.stopPropagation();
    send("password", { password: formText(new FormData(event.currentTarget), "password") });
  };
  return (
    <form onSubmit={submit} className={FORM}>
      <Field label={t`Password`} error={fieldSentence(i18n, "password", error?.fieldErrors.password)}>
        {(control) => <PasswordInput {...control} name="password" autoComplete="current-password" required autoFocus />}
      </Field>
      <Foot error={error} fields={["password"]} busy={busy} beside={beside} />
    </form>
  );
}

function CodeStep({ flow, error, busy, send, beside }: StepProps) {
  const { t, i18n } = useLingui();
  const [isBackup, setBackup] = useState(false);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    event.stopPropagation();
    const form = new FormData(event.currentTarget);
    const code = formText(form, "code").trim();
    send(isBackup ? "backup-code" : "totp", { code, ...(form.has("trust") && { trust_device: true }) });
  };
  const hasBackup = flow.methods.includes("backup_code");
  return (
    <form onSubmit={submit} className={FORM}>
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
      {typeof flow.trust_days === "number" && (
        <label className="flex items-start gap-2.5 py-1 text-[0.8125rem]">
          <input type="checkbox" name="trust" className="mt-0.5 size-4 shrink-0 accent-primary" />
          {t`${plural(flow.trust_days, {
            one: "Trust this browser: ask for no code here for # day",
            other: "Trust this browser: ask for no code here for # days",
          })}`}
        </label>
      )}
      <Foot error={error} fields={["code"]} busy={busy} beside={beside} />
      {hasBackup && (
        <button
          type="button"
          className="justify-self-start text-[0.8125rem] text-muted-foreground underline underline-offset-2 hover:text-foreground"
          onClick={() => setBackup(!isBackup)}
        >
          {isBackup ? t`Use the app after all` : t`No app at hand? Use a backup code`}
        </button>
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
    <form onSubmit={submit} noValidate className={FORM}>
      <p className="mb-2 text-muted-foreground">{t`Your password has to be changed before you go on.`}</p>
      <NewPasswordField label={t`New password`} password={password} error={error?.fieldErrors.new_password} autoFocus />
      <Foot error={error} fields={["new_password"]} busy={busy} beside={beside} />
    </form>
  );
}

function Foot({
  error,
  fields,
  busy,
  beside,
}: {
  error: ApiError | null;
  fields: string[];
  busy: boolean;
  beside: ReactNode;
}) {
  const { t } = useLingui();
  const button = (
    <Button type="submit" variant="primary" busy={busy}>
      {t`Go on`}
    </Button>
  );
  return (
    <>
      <ProblemNotice error={error} fields={fields} />
      {beside ? (
        <div className="mt-2 flex flex-wrap-reverse justify-end gap-2">
          {beside}
          {button}
        </div>
      ) : (
        button
      )}
    </>
  );
}
