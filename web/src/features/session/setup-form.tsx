import type { MessageDescriptor } from "@lingui/core";
import { Trans, useLingui } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { asApiError } from "@/api/problem";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { addressFault, fieldSentence, formText } from "./form-text";
import { NewPasswordField, useNewPassword } from "./new-password-field";
import { setUp } from "./session";
import { SignInSteps } from "./sign-in-steps";
import { useEntry } from "./use-entry";

/** The first administrator's account. */
export function SetupForm({ token }: { token: string }) {
  const { t, i18n } = useLingui();
  const password = useNewPassword();
  const [emailFault, setEmailFault] = useState<MessageDescriptor>();
  const { flow, enter, leave } = useEntry("/");
  const mutation = useMutation({ mutationFn: setUp, onSuccess: enter });
  const error = mutation.error && asApiError(mutation.error);
  const fields = error?.fieldErrors ?? {};

  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (mutation.isPending) return;
    const form = new FormData(event.currentTarget);
    const email = formText(form, "email").trim();
    const fault = addressFault(email);
    setEmailFault(fault);
    mutation.reset();
    if (!password.accept() || fault) {
      event.currentTarget.querySelector<HTMLInputElement>(`[name=${fault ? "email" : "password"}]`)?.focus();
      return;
    }
    const name = formText(form, "display_name").trim();
    mutation.mutate({ token, email, password: password.typed, ...(name && { display_name: name }) });
  };

  if (flow) return <SignInSteps flow={flow} onDone={enter} over={<Button onClick={leave}>{t`Begin again`}</Button>} />;
  return (
    // What is wrong is told at the fields, in sentences; a browser's own bubbles would cover the next one.
    <form onSubmit={onSubmit} noValidate className="grid grid-cols-[minmax(0,1fr)] gap-2">
      <Field label={t`E-mail`} error={emailFault ? t(emailFault) : fieldSentence(i18n, "email", fields.email)}>
        {(control) => (
          <Input
            {...control}
            name="email"
            type="email"
            autoComplete="username"
            required
            autoFocus
            onChange={() => setEmailFault(undefined)}
          />
        )}
      </Field>
      <Field
        label={t`Name`}
        hint={t`Shown to others. You can leave it empty.`}
        error={fieldSentence(i18n, "display_name", fields.display_name)}
      >
        {(control) => <Input {...control} name="display_name" autoComplete="name" maxLength={200} />}
      </Field>
      <NewPasswordField label={t`Password`} password={password} error={fields.password} />
      <ProblemNotice error={error} fields={["email", "display_name", "password"]} />
      <Button type="submit" variant="primary" className="mt-2" busy={mutation.isPending}>
        <Trans>Create administrator</Trans>
      </Button>
    </form>
  );
}
