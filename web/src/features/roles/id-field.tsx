import { useLingui } from "@lingui/react/macro";
import { type ReactNode, useState } from "react";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { isId } from "@/lib/id";

interface IdFieldProps {
  label: string;
  hint: string;
  value: string | undefined;
  onChange: (id: string | undefined) => void;
  action?: ReactNode;
}

/** An id, or none. */
export function IdField({ label, hint, value = "", onChange, action }: IdFieldProps) {
  const { t } = useLingui();
  // What is no id yet is kept here alone; an id that comes from outside takes its place.
  const [{ typed, of }, setTyped] = useState({ typed: value, of: value });
  const shown = of === value ? typed : value;
  const type = (text: string) => {
    const next = isId(text.trim()) ? text.trim() : "";
    setTyped({ typed: text, of: next });
    if (next !== value) onChange(next || undefined);
  };
  const isFaulty = shown.trim() !== "" && !isId(shown.trim());
  return (
    <Field label={label} hint={hint} error={isFaulty && t`This is no whole id.`}>
      {(control) => (
        <div className="flex items-center gap-2">
          <Input
            {...control}
            className="font-mono text-xs"
            value={shown}
            onChange={(event) => type(event.target.value)}
            maxLength={40}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
          />
          {action}
        </div>
      )}
    </Field>
  );
}
