import { useId } from "react";
import { useFormContext, useWatch } from "react-hook-form";
import { HelpText } from "./help-text";
import { NodeField, type NodeFieldProps } from "./node-field";
import type { SchemaNode } from "./nodes";
import { useWords } from "./words";

type Section = Extract<SchemaNode, { kind: "section" }>;

/** A section within a section; one that may be missing is switched on first. */
export function SectionField({ node, name }: NodeFieldProps<Section>) {
  return (
    <fieldset className="mb-2 min-w-0 rounded-lg border px-4 pt-2 pb-1">
      <legend className="-ml-1 px-1 text-[0.8125rem] font-semibold">{node.label}</legend>
      {node.help && (
        <p className="mb-3 text-[0.8125rem]/5 text-muted-foreground">
          <HelpText text={node.help} />
        </p>
      )}
      {node.nullable ? <OptionalFields node={node} name={name} /> : <SectionFields node={node} name={name} />}
    </fieldset>
  );
}

export function SectionFields({ node, name }: NodeFieldProps<Section>) {
  return (
    <div className="grid gap-3">
      {node.children.map((child) => (
        <NodeField key={child.key} node={child} name={`${name}.${child.key}`} />
      ))}
    </div>
  );
}

function OptionalFields({ node, name }: NodeFieldProps<Section>) {
  const words = useWords();
  const { register } = useFormContext();
  const isSet = useWatch({ name: `${name}.isSet` }) === true;
  const id = useId();
  return (
    <>
      <div className="mb-3 flex items-center gap-2.5">
        <input
          {...register(`${name}.isSet`)}
          id={id}
          type="checkbox"
          className="size-4 shrink-0 cursor-pointer accent-primary"
        />
        <label htmlFor={id} className="text-[0.8125rem] font-medium">
          {words.isSet}
        </label>
      </div>
      {isSet && <SectionFields node={node} name={`${name}.value`} />}
    </>
  );
}
