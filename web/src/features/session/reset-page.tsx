import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { asApiError } from "@/api/problem";
import { resetPassword } from "@/api/session";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button, buttonVariants } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { PasswordInput } from "@/components/ui/password-input";
import { EntryLayout } from "./entry-layout";
import { fieldSentence } from "./form-text";
import { isTooShort, passwordHint } from "./password-policy";
import { beginSession } from "./session-life";
import { useTokenFromLink } from "./token-from-link";

/** Where the link of `orion admin reset` leads: an administrator chooses a new password. */
export function ResetPage() {
  const token = useTokenFromLink("/reset");
  if (!token) {
    return (
      <EntryLayout
        title="Open the whole link"
        description="The link of orion admin reset ends in /reset#…; open all of it, or make another on the machine."
      >
        <Link to="/sign-in" className={buttonVariants({ variant: "primary" })}>
          Sign in
        </Link>
      </EntryLayout>
    );
  }
  return (
    <EntryLayout
      title="Choose a new password"
      description="It takes the place of the old one, and ends all of your sessions. You will be signed in at once."
    >
      <ResetForm token={token} />
    </EntryLayout>
  );
}

function ResetForm({ token }: { token: string }) {
  const queryClient = useQueryClient();
  const router = useRouter();
  const [password, setPassword] = useState("");
  const [tooShort, setTooShort] = useState(false);
  const mutation = useMutation({
    mutationFn: resetPassword,
    onSuccess: async (session) => {
      beginSession(queryClient, session);
      await router.navigate({ to: "/", replace: true });
    },
  });
  const error = mutation.error && asApiError(mutation.error);

  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (mutation.isPending) return;
    const short = isTooShort(password);
    setTooShort(short);
    mutation.reset();
    if (short) event.currentTarget.querySelector("input")?.focus();
    else mutation.mutate({ token, password });
  };

  return (
    // What is wrong is told at the field, in a sentence; a browser's own bubble would cover it.
    <form onSubmit={onSubmit} noValidate className="grid grid-cols-[minmax(0,1fr)] gap-2">
      <Field
        label="New password"
        hint={passwordHint(password)}
        error={tooShort ? passwordHint(password) : fieldSentence("The password", error?.fieldErrors.password)}
      >
        {(control) => (
          <PasswordInput
            {...control}
            name="password"
            autoComplete="new-password"
            required
            autoFocus
            value={password}
            onChange={(event) => {
              setPassword(event.target.value);
              setTooShort(false);
            }}
          />
        )}
      </Field>
      {/* Below the field, so that it stays where it is. */}
      {error && !error.fieldErrors.password && <ProblemNotice error={error} />}
      <Button type="submit" variant="primary" className="mt-2" busy={mutation.isPending}>
        Change password
      </Button>
    </form>
  );
}
