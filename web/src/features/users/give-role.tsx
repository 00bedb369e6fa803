import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { type ApiError, asApiError } from "@/api/problem";
import type { User } from "@/api/schema";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { rolesQuery } from "@/features/roles/queries";
import { notify } from "@/lib/notify";
import { Select } from "@/parts/select";
import { giveRole } from "./role-queries";
import { userName } from "./user-texts";

interface GiveRoleProps {
  user: User;
  open: boolean;
  onClose: () => void;
}

/** Gives somebody a role, or changes until when they hold it. */
export function GiveRoleDialog({ user, open, onClose }: GiveRoleProps) {
  const { t } = useLingui();
  const name = userName(user);
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()}>
      <DialogContent>
        <DialogTitle>{t`Give ${name} a role`}</DialogTitle>
        <DialogDescription>
          <Trans>What it allows holds at once. A role that they hold already gets another end and condition.</Trans>
        </DialogDescription>
        {open && <GiveForm user={user} onClose={onClose} />}
      </DialogContent>
    </Dialog>
  );
}

function GiveForm({ user, onClose }: Omit<GiveRoleProps, "open">) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  // Those of organisations are given to their members.
  const roles = (useQuery(rolesQuery).data ?? []).filter(({ name, scope }) => name !== "guest" && scope !== "org");
  const [role, setRole] = useState("");
  const [until, setUntil] = useState("");
  const [condition, setCondition] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [checked, setChecked] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setChecked(true);
    if (busy || role === "") return;
    setBusy(true);
    setError(null);
    try {
      await giveRole(user.id, role, until === "" ? null : new Date(until).toISOString(), condition.trim());
      notify({ type: "success", title: t`The role is given` });
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
        label={t`Role`}
        hint={roles.find(({ name }) => name === role)?.description ?? undefined}
        error={checked && role === "" ? t`Choose one.` : undefined}
      >
        {(control) => (
          <Select {...control} value={role} onChange={(event) => setRole(event.target.value)} autoFocus>
            <option value="">{t`Choose one`}</option>
            {roles.map(({ name, display_name }) => (
              <option key={name} value={name}>
                {display_name}
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
        <ProblemNotice error={error} fields={["expires_at", "condition"]} />
        <div className="mt-2 flex flex-wrap-reverse justify-end gap-2">
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button type="submit" variant="primary" busy={busy}>
            {t`Give`}
          </Button>
        </div>
      </div>
    </form>
  );
}
