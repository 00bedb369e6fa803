import { useLingui } from "@lingui/react/macro";
import { type ReactNode, useState } from "react";
import type { ApiError } from "@/api/problem";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/parts/select";
import { Form, FormFoot } from "./form";
import { useSubmit } from "./use-submit";

/** What somebody is given or denied, and how far it goes. */
export interface Grant {
  /** The name of a role or a permission. */
  what: string;
  /** For good when null. */
  expiresAt: string | null;
  /** Only for this organisation; everywhere when empty. */
  organisation: string;
  /** Only while this holds, in CEL; always when empty. */
  condition: string;
}

export interface GrantOption {
  name: string;
  label: string;
  hint: string | undefined;
}

interface GrantFormProps {
  /** What is chosen, such as "Role". */
  label: string;
  options: readonly GrantOption[];
  /** What else is asked of some of them, such as for which team. */
  more?: More;
  /** What can be said of it beside its end. */
  bounds?: readonly ("organisation" | "condition")[];
  /** The verb of its button. */
  action: string;
  /** Gives or denies it, and says so. */
  send: (grant: Grant) => Promise<unknown>;
  onClose: () => void;
  /** What leads on from a refusal. */
  wayOn?: (error: ApiError, what: string) => ReactNode;
  /** Whether the choice takes the focus; where the dialog is opened by a menu, the menu that closes would have it back. */
  takesFocus?: boolean;
}

/** A field that some of the options need. */
interface More {
  /** Its name in the order. */
  field: string;
  /** Whether something is still to be chosen there. */
  isMissing: (what: string) => boolean;
  /** The field; nothing where it is not needed. */
  show: (what: string, faults: { isMissing: boolean; isWrong: boolean }) => ReactNode;
}

const FIELDS = ["expires_at", "organisation_id", "condition"];

/** Gives or denies somebody one of several, for good or until then. */
export function GrantForm(props: GrantFormProps) {
  const { label, options, more, bounds = [], action, send, onClose, wayOn, takesFocus = true } = props;
  const { t } = useLingui();
  const [what, setWhat] = useState("");
  const [until, setUntil] = useState("");
  const [organisation, setOrganisation] = useState("");
  const [condition, setCondition] = useState("");
  const order = async () => {
    const expiresAt = until === "" ? null : new Date(until).toISOString();
    await send({ what, expiresAt, organisation: organisation.trim(), condition: condition.trim() });
    onClose();
  };
  const isMissing = more?.isMissing(what) ?? false;
  const submission = useSubmit(order, what !== "" && !isMissing);
  const { error, tried } = submission;
  const faults = error?.fieldErrors ?? {};
  return (
    <Form submission={submission} wide>
      <Field
        label={label}
        hint={options.find(({ name }) => name === what)?.hint}
        error={tried && what === "" ? t`Choose one.` : undefined}
      >
        {(control) => (
          <Select {...control} value={what} onChange={(event) => setWhat(event.target.value)} autoFocus={takesFocus}>
            <option value="">{t`Choose one`}</option>
            {options.map(({ name, label }) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field
        label={t`Until`}
        hint={t`Left empty it holds for good.`}
        error={faults.expires_at && t`In the future, and no longer than you hold it yourself.`}
      >
        {(control) => (
          <Input {...control} type="datetime-local" value={until} onChange={(event) => setUntil(event.target.value)} />
        )}
      </Field>
      {more?.show(what, { isMissing: tried && isMissing, isWrong: faults[more.field] !== undefined })}
      {bounds.includes("organisation") && (
        <Field
          label={t`Organisation`}
          hint={t`Its id. Left empty it holds everywhere.`}
          error={faults.organisation_id && t`This is no id of an organisation.`}
          className="sm:col-span-2"
        >
          {(control) => (
            <Input {...control} value={organisation} onChange={(event) => setOrganisation(event.target.value)} />
          )}
        </Field>
      )}
      {bounds.includes("condition") && (
        <Field
          label={t`Condition`}
          hint={t`In CEL, over now, request, subject and object. Left empty it always holds.`}
          error={faults.condition}
          className="sm:col-span-2"
        >
          {(control) => (
            <Input
              {...control}
              className="font-mono text-xs"
              spellCheck={false}
              maxLength={2000}
              placeholder={'request.ip.inNetwork("10.0.0.0/8")'}
              value={condition}
              onChange={(event) => setCondition(event.target.value)}
            />
          )}
        </Field>
      )}
      <FormFoot
        submission={submission}
        fields={more ? [...FIELDS, more.field] : FIELDS}
        action={action}
        onCancel={onClose}
        wayOn={error && wayOn?.(error, what)}
      />
    </Form>
  );
}
