import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { type ApiError, asApiError } from "@/api/problem";
import type { Role } from "@/api/schema";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { notify } from "@/lib/notify";
import { createRole } from "./queries";
import { ROLE_FIELDS, RoleFields, type TypedRole } from "./role-fields";

interface CreateRoleProps {
  roles: readonly Role[];
  open: boolean;
  onClose: () => void;
}

/** Makes a role; what it allows is chosen on its page. */
export function CreateRoleDialog({ roles, open, onClose }: CreateRoleProps) {
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()}>
      <DialogContent>
        <DialogTitle>
          <Trans>A new role</Trans>
        </DialogTitle>
        <DialogDescription>
          <Trans>What it allows is chosen on its page. Until then it gives what it inherits.</Trans>
        </DialogDescription>
        {open && <CreateForm roles={roles} onClose={onClose} />}
      </DialogContent>
    </Dialog>
  );
}

const EMPTY: TypedRole = { display_name: "", description: "", level: "30", parent: "user" };

function CreateForm({ roles, onClose }: { roles: readonly Role[]; onClose: () => void }) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [typed, setTyped] = useState(EMPTY);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      const made = await createRole({
        name: name.trim(),
        display_name: typed.display_name.trim() || name.trim(),
        ...(typed.description.trim() && { description: typed.description.trim() }),
        level: Number(typed.level) || 0,
        ...(typed.parent && { parent: typed.parent }),
        permissions: [],
      });
      notify({ type: "success", title: t`The role is made` });
      await queryClient.invalidateQueries({ queryKey: ["roles"] });
      onClose();
      void navigate({ to: "/roles/$role", params: { role: made.name } });
    } catch (thrown) {
      setError(asApiError(thrown));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit} noValidate className="mt-4 grid grid-cols-[minmax(0,1fr)] gap-x-4 sm:grid-cols-2">
      <Field
        className="sm:col-span-2"
        label={t`Name`}
        hint={t`It never changes: programs know the role by it.`}
        error={error?.fieldErrors.name && t`Lower-case letters, digits, _ and - alone.`}
      >
        {(control) => (
          <Input
            {...control}
            value={name}
            onChange={(event) => setName(event.target.value)}
            maxLength={100}
            autoCapitalize="none"
            spellCheck={false}
            autoFocus
          />
        )}
      </Field>
      <RoleFields
        typed={typed}
        onChange={setTyped}
        error={error}
        parents={roles.filter((role) => role.name !== "super_admin")}
      />
      <div className="grid gap-2 sm:col-span-2">
        <ProblemNotice error={error} fields={["name", ...ROLE_FIELDS]} />
        <div className="mt-2 flex flex-wrap-reverse justify-end gap-2">
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button type="submit" variant="primary" busy={busy}>{t`Make the role`}</Button>
        </div>
      </div>
    </form>
  );
}
