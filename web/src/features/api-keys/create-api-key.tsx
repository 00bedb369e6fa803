import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { type ApiError, asApiError } from "@/api/problem";
import type { ServiceAccount } from "@/api/schema";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
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
  const [secret, setSecret] = useState<string>();
  const [checked, setChecked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  if (secret !== undefined) return <NewSecret secret={secret} onKept={onClose} />;
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setChecked(true);
    if (busy || scopes.length === 0 || name.trim() === "") return;
    setBusy(true);
    setError(null);
    try {
      const made = await createApiKey(of, {
        name: name.trim(),
        scopes: [...scopes],
        ...(until !== "" && { expires_at: new Date(until).toISOString() }),
        ...(limit !== "" && { rate_limit: Number(limit) || 0 }),
      });
      setSecret(made.secret);
      await queryClient.invalidateQueries({ queryKey: API_KEYS });
    } catch (thrown) {
      setError(asApiError(thrown));
      setBusy(false);
    }
  };
  const faults = error?.fieldErrors ?? {};
  return (
    <form onSubmit={submit} noValidate className="mt-4 grid grid-cols-[minmax(0,1fr)] gap-x-4 sm:grid-cols-2">
      <Field
        className="sm:col-span-2"
        label={t`Name`}
        hint={t`What it is for, such as the program that has it.`}
        error={
          (checked && name.trim() === "") || faults.name
            ? t`On one line, without letters that cannot be seen.`
            : undefined
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
        error={checked && scopes.length === 0 ? t`Choose one at least.` : undefined}
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
      <div className="grid gap-2 sm:col-span-2">
        <ProblemNotice error={error} fields={["name", "expires_at", "rate_limit"]} />
        <div className="mt-2 flex flex-wrap-reverse justify-end gap-2">
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button type="submit" variant="primary" busy={busy}>{t`Make the key`}</Button>
        </div>
      </div>
    </form>
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
    <fieldset aria-describedby={error ? `${fieldId}-error` : undefined} className="mb-4 min-w-0 sm:col-span-2">
      <legend className="mb-1.5 font-medium">{t`What it may do`}</legend>
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
      {error && (
        <p id={`${fieldId}-error`} className="mt-1.5 text-[0.8125rem] text-danger">
          {error}
        </p>
      )}
    </fieldset>
  );
}
