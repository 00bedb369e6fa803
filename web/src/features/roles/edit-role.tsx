import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Role, UpdateRole } from "@/api/schema";
import { Form, FormFoot } from "@/components/form/form";
import { useSubmit } from "@/components/form/use-submit";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { notify } from "@/lib/notify";
import { ancestors } from "./inheritance";
import { changeRole } from "./queries";
import { ROLE_FIELDS, RoleFields, type TypedRole } from "./role-fields";
import { RoleWayOn } from "./role-way-on";

interface EditRoleProps {
  role: Role;
  roles: readonly Role[];
  open: boolean;
  onClose: () => void;
}

/** Changes what a role is called, what it is for, and where it stands. */
export function EditRoleDialog({ role, roles, open, onClose }: EditRoleProps) {
  const { t } = useLingui();
  const name = role.display_name;
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()}>
      <DialogContent>
        <DialogTitle>{t`The role ${name}`}</DialogTitle>
        <DialogDescription>
          <Trans>Whoever holds it has what changes at once. The audit log keeps what stood there before.</Trans>
        </DialogDescription>
        {open && <EditForm role={role} roles={roles} onClose={onClose} />}
      </DialogContent>
    </Dialog>
  );
}

/** What was changed of a role; a text that was emptied is cleared. */
export function changeOf(role: Role, typed: TypedRole): UpdateRole {
  const change: UpdateRole = {};
  if (typed.display_name.trim() !== role.display_name) change.display_name = typed.display_name.trim();
  const description = typed.description.trim() || null;
  if (description !== role.description) change.description = description;
  if (Number(typed.level) !== role.level) change.level = Number(typed.level) || 0;
  if ((typed.parent || null) !== role.parent) change.parent = typed.parent || null;
  return change;
}

function EditForm({ role, roles, onClose }: { role: Role; roles: readonly Role[]; onClose: () => void }) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  // As the form was opened: what comes in meanwhile is not overwritten unseen.
  const [before] = useState(role);
  const [typed, setTyped] = useState<TypedRole>({
    display_name: role.display_name,
    description: role.description ?? "",
    level: String(role.level),
    parent: role.parent ?? "",
  });
  const send = async () => {
    const change = changeOf(before, typed);
    if (Object.keys(change).length === 0) return onClose();
    await changeRole(before, change);
    notify({ type: "success", title: t`The role is changed` });
    await queryClient.invalidateQueries({ queryKey: ["roles"] });
    onClose();
  };
  const submission = useSubmit(send);
  const { error } = submission;
  const isParent = (other: Role) =>
    other.name !== "super_admin" &&
    other.name !== role.name &&
    other.scope === role.scope &&
    !ancestors(other, roles).some(({ id }) => id === role.id);
  return (
    <Form submission={submission} wide>
      <RoleFields
        typed={typed}
        onChange={setTyped}
        error={error}
        parents={roles.filter(isParent)}
        fixed={role.is_system}
      />
      <FormFoot
        submission={submission}
        fields={ROLE_FIELDS}
        action={t`Save`}
        onCancel={onClose}
        wayOn={error && <RoleWayOn error={error} />}
      />
    </Form>
  );
}
