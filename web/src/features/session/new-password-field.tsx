import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Field } from "@/components/ui/field";
import { PasswordInput } from "@/components/ui/password-input";
import { fieldSentence } from "./form-text";
import { isTooShort, usePasswordHint } from "./password-policy";

interface NewPassword {
  typed: string;
  /** Whether it was too short when it was to be sent, and nothing was typed since. */
  isRefused: boolean;
  type: (password: string) => void;
  /** Whether it may be sent; if not, the field says so. */
  accept: () => boolean;
}

/** A password that somebody thinks up. */
export function useNewPassword(): NewPassword {
  const [typed, setTyped] = useState("");
  const [isRefused, setRefused] = useState(false);
  const type = (password: string) => {
    setTyped(password);
    setRefused(false);
  };
  const accept = () => {
    setRefused(isTooShort(typed));
    return !isTooShort(typed);
  };
  return { typed, isRefused, type, accept };
}

interface NewPasswordFieldProps {
  label: string;
  password: NewPassword;
  /** What the server says of it. */
  error: string | undefined;
  autoFocus?: boolean;
}

/** Where it is typed; what it lacks is said meanwhile. */
export function NewPasswordField({ label, password, error, autoFocus = false }: NewPasswordFieldProps) {
  const { i18n } = useLingui();
  const hint = usePasswordHint(password.typed);
  return (
    <Field label={label} hint={hint} error={password.isRefused ? hint : fieldSentence(i18n, "password", error)}>
      {(control) => (
        <PasswordInput
          {...control}
          name="password"
          autoComplete="new-password"
          required
          autoFocus={autoFocus}
          value={password.typed}
          onChange={(event) => password.type(event.target.value)}
        />
      )}
    </Field>
  );
}
