import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Form, FormFoot } from "@/components/form/form";
import { useSubmit } from "@/components/form/use-submit";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

/** What somebody types of a service account. */
export interface TypedAccount {
  name: string;
  description: string;
}

interface ServiceAccountFormProps {
  before: TypedAccount;
  action: string;
  send: (typed: TypedAccount) => Promise<unknown>;
  onClose: () => void;
}

/** What a service account is called, and what it is for. */
export function ServiceAccountForm({ before, action, send, onClose }: ServiceAccountFormProps) {
  const { t } = useLingui();
  const [name, setName] = useState(before.name);
  const [description, setDescription] = useState(before.description);
  const submission = useSubmit(async () => {
    await send({ name: name.trim(), description: description.trim() });
    onClose();
  });
  const faults = submission.error?.fieldErrors ?? {};
  const fault = t`On one line, without letters that cannot be seen.`;
  return (
    <Form submission={submission}>
      <Field label={t`Name`} error={faults.name && fault}>
        {(control) => (
          <Input
            {...control}
            value={name}
            onChange={(event) => setName(event.target.value)}
            maxLength={200}
            autoComplete="off"
            autoFocus
          />
        )}
      </Field>
      <Field label={t`What it is for`} error={faults.description && fault}>
        {(control) => (
          <Input
            {...control}
            value={description}
            onChange={(event) => setDescription(event.target.value)}
            maxLength={1000}
          />
        )}
      </Field>
      <FormFoot submission={submission} fields={["name", "description"]} action={action} onCancel={onClose} />
    </Form>
  );
}
