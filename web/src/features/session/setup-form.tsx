import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { asApiError } from "@/api/problem";
import { setUp } from "@/api/session";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { PasswordInput } from "@/components/ui/password-input";
import { formText } from "./form-text";
import { PASSWORD_MIN, passwordHint } from "./password-policy";
import { beginSession } from "./session-life";

/** The first administrator's account. */
export function SetupForm({ token }: { token: string }) {
  const queryClient = useQueryClient();
  const router = useRouter();
  const [password, setPassword] = useState("");
  const [tooShort, setTooShort] = useState(false);
  const mutation = useMutation({
    mutationFn: setUp,
    onSuccess: async (session) => {
      beginSession(queryClient, session);
      await router.navigate({ to: "/", replace: true });
    },
  });
  const error = mutation.error && asApiError(mutation.error);
  const fields = error?.fieldErrors ?? {};

  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const short = [...password].length < PASSWORD_MIN;
    setTooShort(short);
    if (short || mutation.isPending) return;
    const name = formText(form, "display_name").trim();
    mutation.mutate({
      token,
      email: formText(form, "email").trim(),
      password,
      ...(name && { display_name: name }),
    });
  };

  return (
    <form onSubmit={onSubmit} className="grid grid-cols-[minmax(0,1fr)] gap-4">
      {error && <ProblemNotice error={error} />}
      {fields.token && <p className="text-danger">The link: {fields.token}</p>}
      <Field label="E-mail" error={fields.email}>
        {(control) => <Input {...control} name="email" type="email" autoComplete="username" required autoFocus />}
      </Field>
      <Field label="Name" hint="Shown to others. You can leave it empty." error={fields.display_name}>
        {(control) => <Input {...control} name="display_name" autoComplete="name" maxLength={200} />}
      </Field>
      <Field
        label="Password"
        hint={passwordHint(password)}
        error={fields.password ?? (tooShort ? passwordHint(password) : undefined)}
      >
        {(control) => (
          <PasswordInput
            {...control}
            name="password"
            autoComplete="new-password"
            required
            value={password}
            onChange={(event) => {
              setPassword(event.target.value);
              setTooShort(false);
            }}
          />
        )}
      </Field>
      <Button type="submit" variant="primary" className="mt-2" busy={mutation.isPending}>
        Create administrator
      </Button>
    </form>
  );
}
