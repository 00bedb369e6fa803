import { Plus, Trash2 } from "lucide-react";
import { useId, useRef } from "react";
import { useFieldArray, useFormContext } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { type EntryDraft, toDraft } from "./draft";
import { HelpText } from "./help-text";
import { type NodeFieldProps, useFieldError } from "./node-field";
import type { SchemaNode } from "./nodes";
import { SectionFields } from "./section-field";
import { useWords } from "./words";

type Entries = Extract<SchemaNode, { kind: "map" | "list" }>;
const NO_SECRETS: ReadonlySet<string> = new Set();

/** Sections by name, or in an order: they are added and removed as a whole. */
export function EntriesField({ node, name }: NodeFieldProps<Entries>) {
  const words = useWords();
  const { getValues } = useFormContext();
  const { fields, append, remove } = useFieldArray({ name });
  const ownError = useFieldError(name);
  const rootError = useFieldError(`${name}.root`);
  const error = ownError ?? rootError;
  const add = useRef<HTMLButtonElement>(null);
  const { item } = node;
  const hasNames = node.kind === "map";
  const removeAt = (index: number) => {
    remove(index);
    // The button that had the focus is gone.
    add.current?.focus();
  };
  return (
    <fieldset className="mb-2 grid min-w-0 gap-3 rounded-lg border px-4 pt-2 pb-4">
      <legend className="-ml-1 px-1 text-[0.8125rem] font-semibold">{node.label}</legend>
      {node.help && (
        <p className="text-[0.8125rem]/5 text-muted-foreground">
          <HelpText text={node.help} />
        </p>
      )}
      {fields.map((field, index) => {
        const entry = getValues(`${name}.${index}`) as EntryDraft;
        const title = hasNames ? entry.name || words.newEntry : words.entry(index + 1);
        return (
          <Entry
            key={field.id}
            title={title}
            canName={hasNames && entry.isNew}
            item={item}
            name={`${name}.${index}`}
            onRemove={() => removeAt(index)}
          />
        );
      })}
      {fields.length === 0 && <p className="text-[0.8125rem] text-muted-foreground">{words.none}</p>}
      {error && <p className="text-[0.8125rem] text-danger">{error}</p>}
      <Button
        ref={add}
        size="small"
        className="justify-self-start"
        onClick={() =>
          append(
            {
              name: "",
              isNew: true,
              value: toDraft({ ...item, nullable: false }, undefined, NO_SECRETS, words.numbers),
            },
            {
              focusName: hasNames ? `${name}.${fields.length}.name` : undefined,
              shouldFocus: hasNames,
            } as object,
          )
        }
      >
        <Plus aria-hidden />
        {words.add(node.label)}
      </Button>
    </fieldset>
  );
}

interface EntryProps {
  title: string;
  /** Whether its name can still be given. */
  canName: boolean;
  item: SchemaNode;
  name: string;
  onRemove: () => void;
}

function Entry({ title, canName, item, name, onRemove }: EntryProps) {
  const words = useWords();
  const { register } = useFormContext();
  const error = useFieldError(`${name}.name`);
  const id = useId();
  return (
    <section aria-labelledby={id} className="min-w-0 rounded-md border bg-muted/40 px-4 pt-2 pb-1">
      <div className="mb-2 flex items-center gap-2">
        <p id={id} className="min-w-0 flex-1 truncate font-mono text-[0.8125rem] font-medium">
          {title}
        </p>
        <Button
          variant="ghost"
          size="iconSmall"
          aria-label={words.remove(title)}
          title={words.remove(title)}
          onClick={onRemove}
          className="-mr-2"
        >
          <Trash2 aria-hidden />
        </Button>
      </div>
      <div className="grid gap-3">
        {canName && (
          <Field label={words.name} hint={words.nameHint} error={error}>
            {(control) => (
              <Input
                {...control}
                {...register(`${name}.name`)}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
              />
            )}
          </Field>
        )}
        {item.kind === "section" && <SectionFields node={item} name={`${name}.value`} />}
      </div>
    </section>
  );
}
