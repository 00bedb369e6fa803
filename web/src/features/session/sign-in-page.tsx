import { Trans, useLingui } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { KeyRound } from "lucide-react";
import type { FormEvent } from "react";
import { type ApiError, asApiError } from "@/api/problem";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { PasswordInput } from "@/components/ui/password-input";
import { hasPasskeys } from "@/lib/passkeys";
import { keptNames } from "@/parts/drafts/kept-drafts";
import { EntryLayout } from "./entry-layout";
import { fieldSentence, formText } from "./form-text";
import { signIn, signInWithPasskey } from "./session";
import { SignInStepsPage } from "./sign-in-steps-page";
import { useEntry } from "./use-entry";

const route = getRouteApi("/sign-in");

export function SignInPage() {
  const { t, i18n } = useLingui();
  const { next, ended } = route.useSearch();
  const endWords = keptNames().length
    ? t`Your session has ended. Sign in to go on where you were; what you typed is kept while this page is open.`
    : t`Your session has ended. Sign in to go on where you were.`;
  const { flow, enter, leave } = useEntry(next ?? "/");
  const mutation = useMutation({ mutationFn: signIn, onSuccess: enter });
  const passkey = useMutation({ mutationFn: signInWithPasskey, onSuccess: enter });
  const busy = mutation.isPending || passkey.isPending;
  const thrown = mutation.error ?? passkey.error;
  const error: ApiError | null = thrown && asApiError(thrown);
  const fields = error?.fieldErrors ?? {};

  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    passkey.reset();
    const form = new FormData(event.currentTarget);
    mutation.mutate({ email: formText(form, "email").trim(), password: formText(form, "password") });
  };

  const withPasskey = () => {
    if (busy) return;
    mutation.reset();
    passkey.mutate();
  };

  if (flow) return <SignInStepsPage flow={flow} enter={enter} leave={leave} />;
  return (
    <EntryLayout title={t`Sign in`} description={ended ? endWords : t`To the operations console.`}>
      <form onSubmit={onSubmit} className="grid grid-cols-[minmax(0,1fr)] gap-2">
        <Field label={t`E-mail`} error={fieldSentence(i18n, "email", fields.email)}>
          {(control) => <Input {...control} name="email" type="email" autoComplete="username" required autoFocus />}
        </Field>
        <Field label={t`Password`} error={fieldSentence(i18n, "password", fields.password)}>
          {(control) => <PasswordInput {...control} name="password" autoComplete="current-password" required />}
        </Field>
        <ProblemNotice error={error} fields={["email", "password"]} />
        <Button type="submit" variant="primary" busy={mutation.isPending}>
          <Trans>Sign in</Trans>
        </Button>
        {hasPasskeys() && (
          <Button busy={passkey.isPending} onClick={withPasskey}>
            <KeyRound aria-hidden />
            <Trans>Sign in with a passkey</Trans>
          </Button>
        )}
        <p className="text-muted-foreground text-xs">
          <Trans>
            Forgot your password? Ask for a link at{" "}
            <code className="whitespace-nowrap font-mono text-foreground">/auth/reset</code> of your platform's address.
            You are the last administrator, and no mail comes? Stop ORION, then:{" "}
            <code className="whitespace-nowrap font-mono text-foreground">orion admin reset EMAIL</code>
          </Trans>
        </p>
      </form>
    </EntryLayout>
  );
}
