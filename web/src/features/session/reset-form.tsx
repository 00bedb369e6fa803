import { Trans, useLingui } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { asApiError } from "@/api/problem";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { NewPasswordField, useNewPassword } from "./new-password-field";
import { resetPassword } from "./session";
import { SignInSteps } from "./sign-in-steps";
import { useEntry } from "./use-entry";

/** An administrator's new password. */
export function ResetForm({ token }: { token: string }) {
  const { t } = useLingui();
  const password = useNewPassword();
  const { flow, enter, leave } = useEntry("/");
  const mutation = useMutation({ mutationFn: resetPassword, onSuccess: enter });
  const error = mutation.error && asApiError(mutation.error);

  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (mutation.isPending) return;
    mutation.reset();
    if (password.accept()) mutation.mutate({ token, password: password.typed });
    else event.currentTarget.querySelector("input")?.focus();
  };

  if (flow) return <SignInSteps flow={flow} onDone={enter} over={<Button onClick={leave}>{t`Begin again`}</Button>} />;
  return (
    // What is wrong is told at the field, in a sentence; a browser's own bubble would cover it.
    <form onSubmit={onSubmit} noValidate className="grid grid-cols-[minmax(0,1fr)] gap-2">
      <NewPasswordField label={t`New password`} password={password} error={error?.fieldErrors.password} autoFocus />
      <ProblemNotice error={error} fields={["password"]} />
      <Button type="submit" variant="primary" className="mt-2" busy={mutation.isPending}>
        <Trans>Change password</Trans>
      </Button>
    </form>
  );
}
