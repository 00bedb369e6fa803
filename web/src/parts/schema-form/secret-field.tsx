import { Check } from "lucide-react";
import { useEffect, useRef } from "react";
import { useController, useFormState } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { PasswordInput } from "@/components/ui/password-input";
import type { SecretDraft } from "./draft";
import { FieldHint } from "./help-text";
import { type NodeFieldProps, useFieldError } from "./node-field";
import { useWords } from "./words";

/** A secret: that it is set is shown, what it is never; it stays, is replaced, or goes. */
export function SecretField({ node, name }: NodeFieldProps) {
  const words = useWords();
  const { field } = useController({ name });
  const { defaultValues } = useFormState();
  const { kept, text } = field.value as SecretDraft;
  const wasSet = isSetAtFirst(defaultValues, name);
  const input = useRef<HTMLInputElement>(null);
  const error = useFieldError(name);
  const wantsFocus = useRef(false);

  useEffect(() => {
    if (wantsFocus.current && !kept) input.current?.focus();
    wantsFocus.current = false;
  }, [kept]);

  const becomes = (draft: SecretDraft) => field.onChange(draft);
  const type = (typed: string) => becomes({ kept: false, text: typed });
  const hint = <FieldHint node={node} />;
  if (kept) {
    return (
      <fieldset aria-label={node.label} className="grid min-w-0 gap-1.5">
        <p className="text-[0.8125rem] font-medium">{node.label}</p>
        <div className="flex min-h-9 flex-wrap items-center gap-2">
          <p className="flex min-w-0 flex-1 items-center gap-2 text-muted-foreground">
            <Check aria-hidden className="size-4 shrink-0 text-success" />
            {words.secretSet}
          </p>
          <Button
            size="small"
            onClick={() => {
              wantsFocus.current = true;
              type("");
            }}
          >
            {words.secretReplace}
          </Button>
        </div>
        <p className="min-h-6 pb-1 text-[0.8125rem]/5 text-muted-foreground">{hint}</p>
      </fieldset>
    );
  }
  return (
    <Field label={node.label} hint={wasSet && text === "" ? words.secretWillGo : hint} error={error}>
      {(control) => (
        <div className="flex flex-wrap gap-2">
          <div className="min-w-0 flex-1 basis-48">
            <PasswordInput
              {...control}
              ref={(element: HTMLInputElement | null) => {
                input.current = element;
                field.ref(element);
              }}
              value={text}
              onChange={(event) => type(event.target.value)}
              onBlur={field.onBlur}
              autoComplete="new-password"
              placeholder={wasSet ? words.secretNew : undefined}
            />
          </div>
          {wasSet && <Button onClick={() => becomes({ kept: true, text: "" })}>{words.secretKeep}</Button>}
        </div>
      )}
    </Field>
  );
}

/** Whether there was one when the form began. */
function isSetAtFirst(defaults: unknown, name: string): boolean {
  let part: unknown = defaults;
  for (const step of name.split(".")) part = (part as Record<string, unknown> | undefined)?.[step];
  return (part as SecretDraft | undefined)?.kept === true;
}
