import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import type { Role, UpdateRole } from "@/api/schema";
import { DialogForm, FormDialog } from "@/components/form/dialog-form";
import { useEdit } from "@/components/form/use-edit";
import { ROLES } from "@/lib/query-keys";
import { useRoleWords } from "@/lib/role-words";
import { ancestors } from "./inheritance";
import { changeRole, roleQuery } from "./queries";
import { ROLE_FIELDS, RoleFields, type TypedRole, useRoleLabels } from "./role-fields";
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
  const name = useRoleWords().nameOf(role);
  return (
    <FormDialog
      open={open}
      onClose={onClose}
      title={t`The role ${name}`}
      description={
        <Trans>Whoever holds it has what changes at once. The audit log keeps what stood there before.</Trans>
      }
    >
      <EditForm role={role} roles={roles} onClose={onClose} />
    </FormDialog>
  );
}

/** What was changed of a role; a text that was emptied is cleared. */
function changeOf(role: Role, typed: TypedRole): UpdateRole {
  const change: UpdateRole = {};
  if (typed.display_name.trim() !== role.display_name) change.display_name = typed.display_name.trim();
  const description = typed.description.trim() || null;
  if (description !== role.description) change.description = description;
  if (Number(typed.level) !== role.level) change.level = Number(typed.level) || 0;
  if ((typed.parent || null) !== role.parent) change.parent = typed.parent || null;
  return change;
}

const textsOf = ({ display_name, description, level, parent }: Role): TypedRole => ({
  display_name,
  description: description ?? "",
  level: String(level),
  parent: parent ?? "",
});

function EditForm({ role, roles, onClose }: Omit<EditRoleProps, "open">) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const labels = useRoleLabels();
  const look = async () => (await queryClient.fetchQuery({ ...roleQuery(role.name), staleTime: 0 })).role;
  const edit = useEdit(role, textsOf, look);
  const { before, typed } = edit;
  const send = async () => {
    const change = changeOf(before, typed);
    if (Object.keys(change).length === 0) return;
    await changeRole(before, change);
    return { told: t`The role is changed` };
  };
  const isParent = (other: Role) =>
    other.name !== "super_admin" &&
    other.name !== role.name &&
    other.scope === role.scope &&
    !ancestors(other, roles).some(({ id }) => id === role.id);
  return (
    <DialogForm
      wide
      action={t`Save`}
      fields={ROLE_FIELDS}
      keys={[ROLES]}
      isWhole={typed.display_name.trim() !== ""}
      send={send}
      onClose={onClose}
      wayOn={(error) => <RoleWayOn error={error} />}
      edited={{ edit, labels }}
    >
      {(state) => (
        <RoleFields
          typed={typed}
          onChange={edit.setTyped}
          {...state}
          parents={roles.filter(isParent)}
          fixed={role.is_system}
        />
      )}
    </DialogForm>
  );
}
