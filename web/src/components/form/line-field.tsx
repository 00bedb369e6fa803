import { useLingui } from "@lingui/react/macro";
import type { ComponentProps, ReactNode } from "react";
import type { ApiError } from "@/api/problem";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

interface LineFieldProps
  extends Pick<ComponentProps<typeof Input>, "autoComplete" | "autoFocus" | "autoCapitalize" | "spellCheck"> {
  label: string;
  hint?: ReactNode;
  /** What the server calls it. */
  name: string;
  value: string;
  onChange: (value: string) => void;
  maxLength: number;
  /** What was refused. */
  error: ApiError | null;
  /** Whether it is a name that is missing, and that is to be told. */
  isMissing?: boolean;
  /** What is said in place of that it is no line. */
  fault?: string | undefined;
  className?: string;
}

/** A text on one line, such as a name; says itself what is wrong with it. */
export function LineField(props: LineFieldProps) {
  const { label, hint, name, value, onChange, maxLength, error, isMissing = false, fault, className, ...rest } = props;
  const { t } = useLingui();
  const isFaulty = error?.fieldErrors[name] !== undefined;
  return (
    <Field
      label={label}
      hint={hint}
      error={
        isMissing
          ? t`The name is missing.`
          : isFaulty && (fault ?? t`On one line, without letters that cannot be seen.`)
      }
      {...(className !== undefined && { className })}
    >
      {(control) => (
        <Input
          {...control}
          {...rest}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          maxLength={maxLength}
        />
      )}
    </Field>
  );
}
