import type { Schema } from "@cfworker/json-schema";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { type FieldErrors as FormErrors, FormProvider, set, useForm, useFormContext, useWatch } from "react-hook-form";
import { type ApiError, asApiError } from "@/api/problem";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { useDraft } from "../drafts/drafts";
import { countChanges, type Draft, fromDraft, mergePatch, toDraft } from "./draft";
import { fieldErrors, nameOfField, validatorOf } from "./field-errors";
import { NodeField } from "./node-field";
import { describe } from "./nodes";
import { useWords } from "./words";

/** A merge patch (RFC 7396): only what was changed; null takes a value away, so that its default is in force. */
export type Changes = Record<string, unknown>;

interface SchemaFormProps {
  /** What the form is called by screen readers. */
  label: string;
  /** A section of a JSON Schema 2020-12, such as those of `docs/configuration.schema.json`. A constant, or remembered. */
  schema: Schema;
  /** What is in force. Another value replaces what stands in the form, unless something has been typed. */
  value: Record<string, unknown>;
  /** Dotted paths of the secrets that are set; their values never come here. */
  secrets?: readonly string[];
  /** What the server's names of fields begin with, such as `mail`. */
  prefix?: string;
  /** What stands in the fields at first, where that is not what is in force: by key, as `onTyped` has told it. */
  typed?: Changes | undefined;
  /** Told what would be sent, whenever that becomes another; undefined when nothing would. A constant, or remembered. */
  onTyped?: (changes: Changes | undefined) => void;
  /** Told that somebody has discarded what was typed; what `children` hold goes as well. */
  onDiscard?: () => void;
  /** What is sent beside the values, such as a reason; it stands below them. */
  children?: ReactNode;
  /** Whether `children` tell all of a problem, so that nothing more is said of it. */
  tells?: (error: ApiError) => boolean;
  /** Sends what was changed. What it throws is shown, each error of a field at its field. */
  onSubmit: (changes: Changes) => Promise<unknown>;
}

type Values = Record<string, Draft>;
const NO_SECRETS: readonly string[] = [];

/** A form made of a schema: it checks by it, and hands on only what was changed. Nobody leaves it by accident (`LeaveGuard`). */
export function SchemaForm(props: SchemaFormProps) {
  const { label, schema, value, secrets = NO_SECRETS, prefix = "", typed, onTyped, onSubmit } = props;
  const words = useWords();
  const { numbers } = words;
  const node = useMemo(() => describe(schema), [schema]);
  const validator = useMemo(() => validatorOf(schema), [schema]);
  const given = JSON.stringify([value, secrets]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: an equal value is the same
  const begin = useMemo(() => toDraft(node, value, new Set(secrets), numbers) as Values, [node, given, numbers]);
  const [base, setBase] = useState({ draft: begin, value });
  // Until then it holds what is in force, which is not to be told for what was typed.
  const [hasTyped, setHasTyped] = useState(typed === undefined);
  const [error, setError] = useState<ApiError | null>(null);
  const [shownFields, setShownFields] = useState<string[]>([]);
  const form = useForm<Values>({
    defaultValues: begin,
    resolver: (draft) => {
      const found = fieldErrors(validator, node, draft, base.value, words);
      const errors: FormErrors<Values> = {};
      for (const [name, message] of Object.entries(found)) set(errors, name, { type: "schema", message });
      return Object.keys(found).length > 0 ? { values: {}, errors } : { values: draft, errors: {} };
    },
  });
  const { isDirty, isSubmitting } = form.formState;

  // biome-ignore lint/correctness/useExhaustiveDependencies: only another value is a reason, not that something was typed
  useEffect(() => {
    if (isDirty) return;
    setBase({ draft: begin, value });
    form.reset(begin);
  }, [begin]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: only what the form begins with; later somebody types
  useEffect(() => {
    for (const child of node.kind === "section" && typed ? node.children : []) {
      if (!typed || !(child.key in typed)) continue;
      const draft = toDraft(child, typed[child.key], new Set(secrets), numbers, child.key);
      form.setValue(child.key, draft, { shouldDirty: true, shouldValidate: true });
    }
    setHasTyped(true);
  }, []);

  const valueIn = (draft: Values) => fromDraft(node, draft, base.value, numbers);
  const changesOf = (draft: Values) => mergePatch(valueIn(base.draft), valueIn(draft)) as Changes | undefined;

  const submit = form.handleSubmit(async () => {
    // The form's own values: those that the resolver hands on are the same, but of another type.
    const draft = form.getValues();
    const changes = changesOf(draft);
    setError(null);
    if (!changes) return form.reset(base.draft);
    try {
      await onSubmit(changes);
      // What was sent is in force now; what the server made of it comes with the next value.
      const sent = sentDraft(draft);
      setBase({ draft: sent, value: valueIn(draft) as Record<string, unknown> });
      form.reset(sent);
    } catch (thrown) {
      const problem = asApiError(thrown);
      const shown: string[] = [];
      for (const [field, message] of Object.entries(problem.fieldErrors)) {
        const name = nameOfField(node, draft, field, prefix);
        if (!name) continue;
        form.setError(name, { type: "server", message }, { shouldFocus: shown.length === 0 });
        shown.push(field);
      }
      setShownFields(shown);
      setError(problem);
    }
  });

  const children = node.kind === "section" ? node.children : [];
  return (
    <FormProvider {...form}>
      <form aria-label={label} onSubmit={(event) => void submit(event)} noValidate className="grid max-w-2xl gap-3">
        {children.map((child) => (
          <NodeField key={child.key} node={child} name={child.key} />
        ))}
        {props.children}
        <ProblemNotice error={error && !props.tells?.(error) ? error : null} fields={shownFields} />
        <FormEnd
          changesOf={changesOf}
          onTyped={hasTyped ? onTyped : undefined}
          busy={isSubmitting}
          onDiscard={() => {
            setError(null);
            form.reset(base.draft);
            props.onDiscard?.();
          }}
        />
      </form>
    </FormProvider>
  );
}

/** What stands in the form once it was saved: secrets are set and no longer seen, names stand for good. */
function sentDraft(draft: Draft): Values {
  const sent = (part: Draft): Draft => {
    if (Array.isArray(part)) return part.map(sent);
    if (typeof part !== "object" || part === null) return part;
    if ("kept" in part && "text" in part) return { kept: part.kept === true || part.text !== "", text: "" };
    const parts = Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, sent(inner)]));
    return "isNew" in parts ? { ...parts, isNew: false } : parts;
  };
  return sent(draft) as Values;
}

interface FormEndProps {
  changesOf: (draft: Values) => Changes | undefined;
  onTyped: SchemaFormProps["onTyped"];
  busy: boolean;
  onDiscard: () => void;
}

/** Looks at every key that is pressed, which the rest of the form need not. */
function FormEnd({ changesOf, onTyped, busy, onDiscard }: FormEndProps) {
  const words = useWords();
  const { control } = useFormContext<Values>();
  const typed = changesOf(useWatch({ control }) as Values);
  const changes = countChanges(typed);
  useDraft(changes > 0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: equal changes are the same
  useEffect(() => onTyped?.(typed), [JSON.stringify(typed), onTyped]);
  return (
    <div className="mt-1 flex flex-wrap items-center gap-2 border-t pt-4">
      <p role="status" className="min-w-0 flex-1 text-[0.8125rem] text-muted-foreground">
        {changes === 0 ? words.unchanged : words.changes(changes)}
      </p>
      <Button disabled={changes === 0 || busy} onClick={onDiscard}>
        {words.discard}
      </Button>
      <Button type="submit" variant="primary" disabled={changes === 0} busy={busy}>
        {words.save}
      </Button>
    </div>
  );
}
