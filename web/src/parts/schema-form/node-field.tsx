import { useId } from "react";
import { get, useFormContext, useWatch } from "react-hook-form";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { cn } from "@/lib/cn";
import { Select } from "../select";
import { EntriesField } from "./entries-field";
import { FieldHint, HelpText } from "./help-text";
import type { SchemaNode } from "./nodes";
import { SecretField } from "./secret-field";
import { SectionField } from "./section-field";
import { useWords } from "./words";

export interface NodeFieldProps<Node = SchemaNode> {
  node: Node;
  /** The field's name in the form, such as `providers.0.value.client_id`. */
  name: string;
}

/** What is wrong with a field. */
export function useFieldError(name: string): string | undefined {
  const { formState } = useFormContext();
  const { message } = (get(formState.errors, name) ?? {}) as { message?: unknown };
  return typeof message === "string" ? message : undefined;
}

/** The field for a part of the schema, whatever it is. */
export function NodeField({ node, name }: NodeFieldProps) {
  switch (node.kind) {
    case "text":
      return <TextField node={node} name={name} />;
    case "number":
      return <NumberField node={node} name={name} />;
    case "boolean":
      return <SwitchField node={node} name={name} />;
    case "choice":
      return <ChoiceField node={node} name={name} />;
    case "texts":
      return <TextsField node={node} name={name} />;
    case "secret":
      return <SecretField node={node} name={name} />;
    case "section":
      return <SectionField node={node} name={name} />;
    case "map":
    case "list":
      return <EntriesField node={node} name={name} />;
    case "other":
      return <OtherField node={node} />;
  }
}

function TextField({ node, name }: NodeFieldProps) {
  const { register } = useFormContext();
  return (
    <Field label={node.label} hint={<FieldHint node={node} />} error={useFieldError(name)}>
      {(control) => <Input {...control} {...register(name)} autoComplete="off" spellCheck={false} />}
    </Field>
  );
}

/** A text field, for a browser's number field keeps what is no number to itself. */
function NumberField({ node, name }: NodeFieldProps<Extract<SchemaNode, { kind: "number" }>>) {
  const words = useWords();
  const { register } = useFormContext();
  return (
    <Field label={node.label} hint={<FieldHint node={node} />} error={useFieldError(name)}>
      {(control) => (
        <span className="relative block w-44 max-w-full">
          <Input
            {...control}
            {...register(name)}
            inputMode={node.isWhole ? "numeric" : "decimal"}
            autoComplete="off"
            className={cn("tabular-nums", node.unit && "pr-14")}
          />
          <span className="pointer-events-none absolute inset-y-0 right-3 flex items-center text-[0.8125rem] text-muted-foreground">
            {words.unit(node.unit)}
          </span>
        </span>
      )}
    </Field>
  );
}

function SwitchField({ node, name }: NodeFieldProps) {
  const { register } = useFormContext();
  const error = useFieldError(name);
  const id = useId();
  return (
    <div className="flex gap-2.5 pb-2.5">
      <input
        {...register(name)}
        id={id}
        type="checkbox"
        aria-describedby={`${id}-note`}
        className="mt-0.5 size-4 shrink-0 cursor-pointer accent-primary"
      />
      <div className="min-w-0">
        <label htmlFor={id} className="text-[0.8125rem] font-medium">
          {node.label}
        </label>
        <p id={`${id}-note`} className={cn("text-[0.8125rem]/5", error ? "text-danger" : "text-muted-foreground")}>
          {error ?? <FieldHint node={node} />}
        </p>
      </div>
    </div>
  );
}

function ChoiceField({ node, name }: NodeFieldProps<Extract<SchemaNode, { kind: "choice" }>>) {
  const words = useWords();
  const { register } = useFormContext();
  const chosen: unknown = useWatch({ name });
  const option = node.options.find(({ value }) => value === chosen);
  const isKnown = option !== undefined || chosen === "";
  return (
    <Field label={node.label} hint={<ChoiceHint node={node} help={option?.help ?? ""} />} error={useFieldError(name)}>
      {(control) => (
        <Select {...control} {...register(name)} className="w-60 max-w-full">
          {(node.nullable || chosen === "") && <option value="">{words.notSet}</option>}
          {!isKnown && <option value={String(chosen)}>{String(chosen)}</option>}
          {node.options.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}

/** What the choice is about, and what the chosen one means. */
function ChoiceHint({ node, help }: { node: SchemaNode; help: string }) {
  return (
    <>
      {help && (
        <span className="block text-foreground">
          <HelpText text={help} />
        </span>
      )}
      <FieldHint node={node} />
    </>
  );
}

function TextsField({ node, name }: NodeFieldProps) {
  const words = useWords();
  const { register } = useFormContext();
  const rows = Math.min(8, Math.max(3, String(useWatch({ name }) ?? "").split("\n").length + 1));
  return (
    <Field label={node.label} hint={<FieldHint node={node} more={words.linePerItem} />} error={useFieldError(name)}>
      {(control) => (
        <textarea
          {...control}
          {...register(name)}
          rows={rows}
          spellCheck={false}
          className="w-full min-w-0 rounded-md border border-input bg-card px-3 py-2 font-mono text-[0.8125rem]/5 shadow-xs focus-visible:outline-offset-0 aria-invalid:border-danger max-sm:text-base"
        />
      )}
    </Field>
  );
}

function OtherField({ node }: { node: SchemaNode }) {
  const words = useWords();
  return (
    <div className="pb-2 text-[0.8125rem]">
      <p className="font-medium">{node.label}</p>
      <p className="text-muted-foreground">{words.elsewhere}</p>
    </div>
  );
}
