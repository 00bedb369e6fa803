import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type Grant, GrantForm } from "@/components/form/grant-form";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import type { Subject } from "@/features/directory/subject";
import { rolesQuery } from "@/features/roles/queries";
import { RoleWayOn } from "@/features/roles/role-way-on";
import { notify } from "@/lib/notify";
import { useRoleWords } from "@/lib/role-words";
import { giveRole } from "./role-queries";

interface GiveRoleProps {
  subject: Subject;
  open: boolean;
  onClose: () => void;
}

/** Gives somebody a role, or changes until when they hold it. */
export function GiveRoleDialog({ subject, open, onClose }: GiveRoleProps) {
  const { t } = useLingui();
  const { name } = subject;
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()}>
      <DialogContent>
        <DialogTitle>{t`Give ${name} a role`}</DialogTitle>
        <DialogDescription>
          <Trans>What it allows holds at once. A role that they hold already gets another end and condition.</Trans>
        </DialogDescription>
        {open && <GiveForm subject={subject} onClose={onClose} />}
      </DialogContent>
    </Dialog>
  );
}

function GiveForm({ subject, onClose }: Omit<GiveRoleProps, "open">) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  // Those of organisations and their teams are given to their members.
  const roles = (useQuery(rolesQuery).data ?? []).filter(
    ({ name, scope }) => name !== "guest" && (scope === "global" || scope === "user"),
  );
  const { nameOf, aboutOf } = useRoleWords();
  const send = async ({ what, expiresAt, condition }: Grant) => {
    await giveRole(subject.id, what, expiresAt, condition);
    notify({ type: "success", title: t`The role is given` });
    await Promise.all(subject.keys.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
  };
  return (
    <GrantForm
      label={t`Role`}
      options={roles.map((role) => ({ name: role.name, label: nameOf(role), hint: aboutOf(role) }))}
      bounds={["condition"]}
      action={t`Give`}
      send={send}
      onClose={onClose}
      wayOn={(error, role) => <RoleWayOn error={error} role={role} />}
    />
  );
}
