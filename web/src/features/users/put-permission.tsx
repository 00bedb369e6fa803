import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { type ApiError, asApiError } from "@/api/problem";
import type { PermissionEffect, User } from "@/api/schema";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { permissionsQuery } from "@/features/roles/queries";
import { notify } from "@/lib/notify";
import { Select } from "@/parts/select";
import { putPermission } from "./permission-queries";
import { userName } from "./user-texts";

interface PutPermissionProps {
  user: User;
  effect: PermissionEffect;
  open: boolean;
  onClose: () => void;
}

/** Gives or denies somebody a permission by itself. */
export function PutPermissionDialog({ user, effect, open, onClose }: PutPermissionProps) {
  const { t } = useLingui();
  const name = userName(user);
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()}>
      <DialogContent>
        <DialogTitle>{effect === "grant" ? t`Give ${name} a permission` : t`Deny ${name} a permission`}</DialogTitle>
        <DialogDescription>
          {effect === "grant" ? (
            <Trans>It holds at once, beside what the roles allow.</Trans>
          ) : (
            <Trans>It holds at once, and wins over every role and grant.</Trans>
          )}
        </DialogDescription>
        {open && <PutForm user={user} effect={effect} onClose={onClose} />}
      </DialogContent>
    </Dialog>
  );
}

function PutForm({ user, effect, onClose }: Omit<PutPermissionProps, "open">) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const permissions = useQuery(permissionsQuery).data ?? [];
  const [permission, setPermission] = useState("");
  const [until, setUntil] = useState("");
  const [organisation, setOrganisation] = useState("");
  const [condition, setCondition] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [checked, setChecked] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setChecked(true);
    if (busy || permission === "") return;
    setBusy(true);
    setError(null);
    try {
      const expiresAt = until === "" ? null : new Date(until).toISOString();
      const order = { effect, expiresAt, organisation: organisation.trim(), condition: condition.trim() };
      await putPermission(user.id, permission, order);
      notify({ type: "success", title: effect === "grant" ? t`The permission is given` : t`The permission is denied` });
      await queryClient.invalidateQueries({ queryKey: ["users"] });
      onClose();
    } catch (thrown) {
      setError(asApiError(thrown));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit} noValidate className="mt-4 grid grid-cols-[minmax(0,1fr)] gap-x-4 sm:grid-cols-2">
      <Field
        label={t`Permission`}
        hint={permissions.find(({ name }) => name === permission)?.display_name}
        error={checked && permission === "" ? t`Choose one.` : undefined}
      >
        {(control) => (
          <Select {...control} value={permission} onChange={(event) => setPermission(event.target.value)} autoFocus>
            <option value="">{t`Choose one`}</option>
            {permissions.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field
        label={t`Until`}
        hint={t`Left empty it holds for good.`}
        error={error?.fieldErrors.expires_at && t`In the future, and no longer than you hold it yourself.`}
      >
        {(control) => (
          <Input {...control} type="datetime-local" value={until} onChange={(event) => setUntil(event.target.value)} />
        )}
      </Field>
      <Field
        label={t`Organisation`}
        hint={t`Its id. Left empty it holds everywhere.`}
        error={error?.fieldErrors.organisation_id && t`This is no id of an organisation.`}
        className="sm:col-span-2"
      >
        {(control) => (
          <Input {...control} value={organisation} onChange={(event) => setOrganisation(event.target.value)} />
        )}
      </Field>
      <Field
        label={t`Condition`}
        hint={t`In CEL, over now, request, subject and object. Left empty it always holds.`}
        error={error?.fieldErrors.condition}
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
      <div className="grid gap-2 sm:col-span-2">
        <ProblemNotice error={error} fields={["expires_at", "organisation_id", "condition"]} />
        <div className="mt-2 flex flex-wrap-reverse justify-end gap-2">
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button type="submit" variant="primary" busy={busy}>
            {effect === "grant" ? t`Give` : t`Deny`}
          </Button>
        </div>
      </div>
    </form>
  );
}
