import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import type { NewApiKey, ServiceAccount } from "@/api/schema";
import { FieldGroup, Form, FormFoot } from "@/components/form/form";
import { useSubmit } from "@/components/form/use-submit";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useSession } from "@/features/session/session-life";
import { Checkbox } from "@/parts/checkbox";
import { NewSecret } from "./new-secret";
import { API_KEYS, createApiKey } from "./queries";

interface CreateApiKeyProps {
  open: boolean;
  /** The service account that it is for; oneself, where there is none. */
  of?: ServiceAccount | null;
  onClose: () => void;
}

/** Makes a key of one's own, or of a service account. */
export function CreateApiKeyDialog({ open, of = null, onClose }: CreateApiKeyProps) {
  const name = of?.name ?? "";
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()}>
      <DialogContent>
        <DialogTitle>{of ? <Trans>A new API key of {name}</Trans> : <Trans>A new API key</Trans>}</DialogTitle>
        <DialogDescription>
          {of ? (
            <Trans>A program that has it acts as the service account, within what you choose here.</Trans>
          ) : (
            <Trans>A program that has it acts as you, within what you choose here and never beyond what you may.</Trans>
          )}
        </DialogDescription>
        {open && <CreateForm of={of} onClose={onClose} />}
      </DialogContent>
    </Dialog>
  );
}

function CreateForm({ of, onClose }: { of: ServiceAccount | null; onClose: () => void }) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const permissions = useSession()?.permissions ?? [];
  const [name, setName] = useState("");
  const [until, setUntil] = useState("");
  const [limit, setLimit] = useState("");
  const [scopes, setScopes] = useState<readonly string[]>([]);
  const [made, setMade] = useState<NewApiKey>();
  const send = async () => {
    const answer = await createApiKey(of, {
      name: name.trim(),
      scopes: [...scopes],
      ...(until !== "" && { expires_at: new Date(until).toISOString() }),
      ...(limit !== "" && { rate_limit: Number(limit) || 0 }),
    });
    setMade(answer);
    await queryClient.invalidateQueries({ queryKey: API_KEYS });
  };
  const submission = useSubmit(send, name.trim() !== "" && scopes.length > 0);
  const { error, tried } = submission;
  if (made !== undefined) return <NewSecret made={made} onKept={onClose} />;
  const faults = error?.fieldErrors ?? {};
  return (
    <Form submission={submission} wide>
      <Field
        className="sm:col-span-2"
        label={t`Name`}
        hint={t`What it is for, such as the program that has it.`}
        error={
          tried && name.trim() === ""
            ? t`The name is missing.`
            : faults.name && t`On one line, without letters that cannot be seen.`
        }
      >
        {(control) => (
          <Input
            {...control}
            value={name}
            onChange={(event) => setName(event.target.value)}
            maxLength={255}
            autoComplete="off"
            autoFocus
          />
        )}
      </Field>
      <Scopes
        permissions={permissions}
        chosen={scopes}
        onChange={setScopes}
        error={tried && scopes.length === 0 ? t`Choose one at least.` : undefined}
      />
      <Field
        label={t`Until`}
        hint={t`Left empty it holds until it is revoked.`}
        error={faults.expires_at && t`It must be in the future.`}
      >
        {(control) => (
          <Input {...control} type="datetime-local" value={until} onChange={(event) => setUntil(event.target.value)} />
        )}
      </Field>
      <Field
        label={t`Requests a minute`}
        hint={t`Left empty it may make as many as you.`}
        error={faults.rate_limit && t`From 1 to 1,000,000.`}
      >
        {(control) => (
          <Input
            {...control}
            type="number"
            inputMode="numeric"
            min={1}
            max={1_000_000}
            value={limit}
            onChange={(event) => setLimit(event.target.value)}
          />
        )}
      </Field>
      <FormFoot
        submission={submission}
        fields={["name", "expires_at", "rate_limit"]}
        action={t`Make the key`}
        onCancel={onClose}
      />
    </Form>
  );
}

interface ScopesProps {
  /** Those that one holds oneself. */
  permissions: readonly string[];
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
  error: string | undefined;
}

/** What the key is limited to. */
function Scopes({ permissions, chosen, onChange, error }: ScopesProps) {
  const { t } = useLingui();
  const fieldId = useId();
  const set = (name: string, isChosen: boolean) =>
    onChange(isChosen ? [...chosen, name] : chosen.filter((other) => other !== name));
  return (
    <FieldGroup legend={t`What it may do`} id={fieldId} error={error}>
      <div className="grid max-h-52 gap-x-4 overflow-y-auto rounded-md border px-3 py-2 sm:grid-cols-2">
        {permissions.toSorted().map((name) => (
          <label key={name} htmlFor={`${fieldId}${name}`} className="flex min-w-0 items-center gap-2.5 py-1">
            <Checkbox
              id={`${fieldId}${name}`}
              checked={chosen.includes(name)}
              onChange={(event) => set(name, event.target.checked)}
            />
            <span className="min-w-0 font-mono text-xs break-words">{name}</span>
          </label>
        ))}
      </div>
    </FieldGroup>
  );
}
