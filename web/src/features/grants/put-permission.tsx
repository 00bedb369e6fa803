import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { PermissionEffect } from "@/api/schema";
import { type Grant, GrantForm } from "@/components/form/grant-form";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import type { Subject } from "@/features/directory/subject";
import { permissionsQuery } from "@/features/roles/queries";
import { RoleWayOn } from "@/features/roles/role-way-on";
import { notify } from "@/lib/notify";
import { usePermissionWords } from "@/lib/permission-words";
import { putPermission } from "./permission-queries";

interface PutPermissionProps {
  subject: Subject;
  effect: PermissionEffect;
  open: boolean;
  onClose: () => void;
}

/** Gives or denies somebody a permission by itself. */
export function PutPermissionDialog({ subject, effect, open, onClose }: PutPermissionProps) {
  const { t } = useLingui();
  const { name } = subject;
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
        {open && <PutForm subject={subject} effect={effect} onClose={onClose} />}
      </DialogContent>
    </Dialog>
  );
}

function PutForm({ subject, effect, onClose }: Omit<PutPermissionProps, "open">) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const permissions = useQuery(permissionsQuery).data ?? [];
  const wordsOf = usePermissionWords();
  const send = async ({ what, ...bounds }: Grant) => {
    await putPermission(subject.id, what, { effect, ...bounds });
    notify({ type: "success", title: effect === "grant" ? t`The permission is given` : t`The permission is denied` });
    await Promise.all(subject.keys.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
  };
  return (
    <GrantForm
      label={t`Permission`}
      options={permissions.map((permission) => ({
        name: permission.name,
        label: permission.name,
        hint: wordsOf(permission),
      }))}
      bounds={["organisation", "condition"]}
      action={effect === "grant" ? t`Give` : t`Deny`}
      send={send}
      onClose={onClose}
      wayOn={(error, permission) => <RoleWayOn error={error} permission={permission} />}
    />
  );
}
