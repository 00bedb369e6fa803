import { Trans, useLingui } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { asApiError } from "@/api/problem";
import { Section } from "@/components/layout/section";
import { Loading } from "@/components/state/loading";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { PasswordInput } from "@/components/ui/password-input";
import { Skeleton } from "@/components/ui/skeleton";
import { fieldSentence } from "@/features/session/form-text";
import { NewPasswordField, useNewPassword } from "@/features/session/new-password-field";
import { useSession } from "@/features/session/session-life";
import { useRefreshed } from "@/features/sessions/refreshed";
import { notify } from "@/lib/notify";
import { changePassword, orderResetLink, twoFactorQuery } from "./queries";

/** One's own password, made another one; who has none, as after a sign-in by a linked account, orders a link to choose one. */
export function OwnPassword() {
  const { t } = useLingui();
  const { data, isPending } = useQuery(twoFactorQuery);
  if (data?.has_password === false) return <NoPassword />;
  if (!isPending) return <ChangePassword />;
  return (
    <Section title={t`Password`}>
      <Loading label={t`Loading the password`} className="flex max-w-sm flex-col gap-3">
        <Skeleton className="h-9" />
        <Skeleton className="h-9" />
      </Loading>
    </Section>
  );
}

function NoPassword() {
  const { t } = useLingui();
  const email = useSession()?.email;
  const order = useMutation({ mutationFn: orderResetLink });
  const error = order.error && asApiError(order.error);
  return (
    <Section title={t`Password`}>
      <p>
        <Trans>You have no password: you sign in with a linked account or a passkey.</Trans>
      </p>
      {order.isSuccess ? (
        <p role="status">
          <Trans>A link by which you choose one is on its way to {email}.</Trans>
        </p>
      ) : (
        <Button
          className="justify-self-start"
          busy={order.isPending}
          disabled={!email}
          onClick={() => email && order.mutate(email)}
        >
          <Trans>Mail me a link to choose one</Trans>
        </Button>
      )}
      <ProblemNotice error={error} fields={[]} />
    </Section>
  );
}

function ChangePassword() {
  const { t, i18n } = useLingui();
  const email = useSession()?.email;
  const refreshed = useRefreshed(undefined);
  const [current, setCurrent] = useState("");
  const [isMissing, setMissing] = useState(false);
  const password = useNewPassword();
  const change = useMutation({
    mutationFn: changePassword,
    onSuccess: () => {
      setCurrent("");
      password.type("");
      notify({ type: "success", title: t`Your password is changed` });
      return refreshed();
    },
  });
  const error = change.error && asApiError(change.error);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (change.isPending) return;
    change.reset();
    const isAccepted = password.accept();
    setMissing(current === "");
    if (current === "") return focus(event.currentTarget, "current_password");
    if (!isAccepted) return focus(event.currentTarget, "password");
    change.mutate({ current_password: current, new_password: password.typed });
  };
  return (
    <Section title={t`Password`}>
      <form
        onSubmit={submit}
        noValidate
        aria-label={t`Change password`}
        className="grid max-w-sm grid-cols-[minmax(0,1fr)] gap-2"
      >
        {/* For whatever keeps passwords, which asks whose it is. */}
        <input hidden readOnly name="email" autoComplete="username" value={email ?? ""} />
        <Field
          label={t`Current password`}
          error={
            isMissing
              ? t`Enter your current password.`
              : fieldSentence(i18n, "password", error?.fieldErrors.current_password)
          }
        >
          {(control) => (
            <PasswordInput
              {...control}
              name="current_password"
              autoComplete="current-password"
              required
              value={current}
              onChange={(event) => {
                setCurrent(event.target.value);
                setMissing(false);
              }}
            />
          )}
        </Field>
        <NewPasswordField label={t`New password`} password={password} error={error?.fieldErrors.new_password} />
        <ProblemNotice error={error} fields={["current_password", "new_password"]} />
        <p className="mb-2 text-muted-foreground">
          <Trans>You stay signed in here, and are signed out everywhere else.</Trans>
        </p>
        <Button type="submit" variant="primary" className="justify-self-start" busy={change.isPending}>
          <Trans>Change password</Trans>
        </Button>
      </form>
    </Section>
  );
}

const focus = (form: HTMLFormElement, name: string) => form.querySelector<HTMLInputElement>(`[name=${name}]`)?.focus();
