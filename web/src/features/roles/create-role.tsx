import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Role } from "@/api/schema";
import { Form, FormFoot } from "@/components/form/form";
import { useSubmit } from "@/components/form/use-submit";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { notify } from "@/lib/notify";
import { ROLES } from "@/lib/query-keys";
import { createRole } from "./queries";
import { ROLE_FIELDS, RoleFields, type TypedRole } from "./role-fields";
import { RoleWayOn } from "./role-way-on";
import { FIRST_PARENT, type Scope, ScopeField } from "./scope";

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

const EMPTY: TypedRole = { display_name: "", description: "", level: "30", parent: FIRST_PARENT.global };

function CreateForm({ roles, onClose }: { roles: readonly Role[]; onClose: () => void }) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [typed, setTyped] = useState(EMPTY);
  const [scope, setScope] = useState<Scope>("global");
  const send = async () => {
    const made = await createRole({
      name: name.trim(),
      display_name: typed.display_name.trim() || name.trim(),
      ...(typed.description.trim() && { description: typed.description.trim() }),
      level: Number(typed.level) || 0,
      ...(typed.parent && { parent: typed.parent }),
      ...(scope !== "global" && { scope }),
      permissions: [],
    });
    notify({ type: "success", title: t`The role is made` });
    await queryClient.invalidateQueries({ queryKey: ROLES });
    onClose();
    void navigate({ to: "/roles/$role", params: { role: made.name } });
  };
  const isNamed = name.trim() !== "";
  const submission = useSubmit(send, isNamed);
  const { error, tried } = submission;
  return (
    <Form submission={submission} wide>
      <Field
        className="sm:col-span-2"
        label={t`Name`}
        hint={t`It never changes: programs know the role by it.`}
        error={
          tried && !isNamed
            ? t`The name is missing.`
            : error?.fieldErrors.name && t`Lower-case letters, digits, _ and - alone.`
        }
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
      <ScopeField
        value={scope}
        onChange={(next) => {
          setScope(next);
          setTyped({ ...typed, parent: FIRST_PARENT[next] });
        }}
      />
      <RoleFields
        typed={typed}
        onChange={setTyped}
        error={error}
        parents={roles.filter((role) => role.name !== "super_admin" && role.scope === scope)}
      />
      <FormFoot
        submission={submission}
        fields={["name", ...ROLE_FIELDS]}
        action={t`Make the role`}
        onCancel={onClose}
        wayOn={error && <RoleWayOn error={error} />}
      />
    </Form>
  );
}
