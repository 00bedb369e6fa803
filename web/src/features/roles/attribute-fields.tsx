import { Trans, useLingui } from "@lingui/react/macro";
import { Plus, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/parts/select";
import {
  ATTRIBUTE_KINDS,
  type AttributeKind,
  type AttributeRow,
  type Attributes,
  attributesOf,
  EMPTY_ROW,
  faultsOf,
  LONGEST_ATTRIBUTE,
  MOST_ATTRIBUTES,
  type RowFault,
  rowsOf,
} from "./attributes";

interface AttributeFieldsProps {
  value: Attributes | undefined;
  onChange: (attributes: Attributes | undefined) => void;
}

/** What the object is besides, for conditions that ask for it; taken once all of it can be. */
export function AttributeFields({ value, onChange }: AttributeFieldsProps) {
  const { t } = useLingui();
  // What was not asked with yet is kept here alone; attributes that come from outside take its place.
  const of = JSON.stringify(value ?? {});
  const [typed, setTyped] = useState({ rows: rowsOf(value ?? {}), of, tried: false });
  const { rows, tried } = typed.of === of ? typed : { rows: rowsOf(value ?? {}), tried: false };
  const faults = faultsOf(rows);
  const type = (next: AttributeRow[]) => setTyped({ rows: next, of, tried });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (faults.some((fault) => Object.keys(fault).length > 0)) return setTyped({ rows, of, tried: true });
    const attributes = attributesOf(rows);
    setTyped({ rows, of: JSON.stringify(attributes ?? {}), tried: false });
    onChange(attributes);
  };
  return (
    <details open={value !== undefined || undefined} className="mb-4 border-t pt-3">
      <summary className="cursor-pointer rounded-sm text-[0.8125rem] font-medium">
        <Trans>More about the object</Trans>
      </summary>
      <form onSubmit={submit} noValidate className="mt-3 grid grid-cols-[minmax(0,1fr)] gap-3">
        <p className="text-[0.8125rem] text-muted-foreground">
          <Trans>
            What your product knows of it: conditions ask for that as{" "}
            <code className="font-mono text-xs">object.attributes.name</code>.
          </Trans>
        </p>
        {rows.map((row, index) => (
          <Row
            // biome-ignore lint/suspicious/noArrayIndexKey: nothing else tells rows apart while they are typed
            key={index}
            number={index + 1}
            row={row}
            fault={(tried && faults[index]) || {}}
            onChange={(next) => type(rows.with(index, next))}
            onRemove={() => type(rows.toSpliced(index, 1))}
          />
        ))}
        <div className="flex flex-wrap gap-2">
          {rows.length < MOST_ATTRIBUTES && (
            <Button size="small" onClick={() => type([...rows, EMPTY_ROW])}>
              <Plus aria-hidden />
              <Trans>Add an attribute</Trans>
            </Button>
          )}
          {(rows.length > 0 || value !== undefined) && (
            <Button size="small" type="submit" variant="primary">
              {t`Ask with these`}
            </Button>
          )}
        </div>
      </form>
    </details>
  );
}

interface RowProps {
  /** Which of them, from 1. */
  number: number;
  row: AttributeRow;
  fault: RowFault;
  onChange: (row: AttributeRow) => void;
  onRemove: () => void;
}

function Row({ number, row, fault, onChange, onRemove }: RowProps) {
  const { t } = useLingui();
  const kinds: Record<AttributeKind, string> = { text: t`Text`, number: t`Number`, flag: t`Yes or no` };
  const nameFault =
    fault.name &&
    {
      malformed: t`Letters a to z, digits and _ alone, and no digit first.`,
      repeated: t`Another one is called so.`,
    }[fault.name];
  const choose = (kind: AttributeKind) => onChange({ ...row, kind, value: kind === "flag" ? "true" : "" });
  return (
    <fieldset className="grid min-w-0 grid-cols-[minmax(0,1fr)_minmax(0,8rem)] gap-x-3 rounded-md border p-3 pb-0">
      <legend className="px-1 text-xs text-muted-foreground">{t`Attribute ${number}`}</legend>
      <Field label={t`Name`} error={nameFault}>
        {(control) => (
          <Input
            {...control}
            className="font-mono text-xs"
            value={row.name}
            onChange={({ target }) => onChange({ ...row, name: target.value })}
            maxLength={LONGEST_ATTRIBUTE}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
          />
        )}
      </Field>
      <Field label={t`Kind`}>
        {(control) => (
          <Select {...control} value={row.kind} onChange={({ target }) => choose(target.value as AttributeKind)}>
            {ATTRIBUTE_KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {kinds[kind]}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t`Value`} error={fault.value && t`This is no number.`} className="col-span-2">
        {(control) => (
          <div className="flex items-center gap-2">
            {row.kind === "flag" ? (
              <Select
                {...control}
                className="flex-1"
                value={row.value}
                onChange={({ target }) => onChange({ ...row, value: target.value })}
              >
                <option value="true">{t`Yes`}</option>
                <option value="false">{t`No`}</option>
              </Select>
            ) : (
              <Input
                {...control}
                value={row.value}
                onChange={({ target }) => onChange({ ...row, value: target.value })}
                inputMode={row.kind === "number" ? "decimal" : "text"}
                maxLength={LONGEST_ATTRIBUTE}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
              />
            )}
            <Button variant="ghost" size="iconSmall" aria-label={t`Remove attribute ${number}`} onClick={onRemove}>
              <Trash2 aria-hidden />
            </Button>
          </div>
        )}
      </Field>
    </fieldset>
  );
}
