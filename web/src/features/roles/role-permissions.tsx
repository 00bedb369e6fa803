import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { Minus, Plus } from "lucide-react";
import { useId, useState } from "react";
import type { PermissionInfo, Role, RoleDetail } from "@/api/schema";
import { useOver } from "@/components/form/use-over";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { notify } from "@/lib/notify";
import { usePermissionWords } from "@/lib/permission-words";
import { ROLES } from "@/lib/query-keys";
import { useRoleWords } from "@/lib/role-words";
import { Checkbox } from "@/parts/checkbox";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { useDraft } from "@/parts/drafts/drafts";
import { byResource, diffOf, inheritedFrom, rebased } from "./inheritance";
import { People } from "./people";
import { changeRole } from "./queries";
import { RoleWayOn } from "./role-way-on";

interface RolePermissionsProps {
  detail: RoleDetail;
  roles: readonly Role[];
  permissions: readonly PermissionInfo[];
  mayWrite: boolean;
}

/** What a role allows, by itself and inherited; changes are staged, and saved together once they were looked at. */
export function RolePermissions({ detail, roles, permissions, mayWrite }: RolePermissionsProps) {
  const { role } = detail;
  const headingId = useId();
  const [draft, setDraft] = useState<{ base: readonly string[]; staged: readonly string[] } | null>(null);
  // What somebody else gives or takes meanwhile is theirs; what is staged stays staged over it.
  const staged = draft ? rebased(draft.base, draft.staged, role.own_permissions) : role.own_permissions;
  const setStaged = (staged: readonly string[]) => setDraft({ base: role.own_permissions, staged });
  const diff = diffOf(role.own_permissions, staged);
  const isChanged = diff.given.length + diff.taken.length > 0;
  useDraft(isChanged);
  const stage = (name: string, isGiven: boolean) =>
    setStaged(isGiven ? [...staged, name] : staged.filter((other) => other !== name));
  return (
    <section aria-labelledby={headingId} className="mt-2 grid grid-cols-[minmax(0,1fr)] gap-3">
      <h2 id={headingId} className="font-semibold tracking-tight">
        <Trans>Permissions</Trans>
      </h2>
      <Card className="grid grid-cols-[minmax(0,1fr)] gap-x-8 gap-y-5 p-4 sm:grid-cols-2 sm:p-5 xl:grid-cols-3">
        {byResource(permissions).map(([resource, ofResource]) => (
          <fieldset key={resource} className="min-w-0">
            <legend className="mb-1.5 text-xs font-semibold tracking-tight text-muted-foreground">{resource}</legend>
            {ofResource.map((permission) => (
              <PermissionBox
                key={permission.id}
                permission={permission}
                role={role}
                roles={roles}
                isGiven={staged.includes(permission.name)}
                isFixed={!mayWrite}
                onChange={(isGiven) => stage(permission.name, isGiven)}
              />
            ))}
          </fieldset>
        ))}
      </Card>
      {isChanged && <Staged detail={detail} staged={staged} undo={() => setDraft(null)} />}
    </section>
  );
}

interface PermissionBoxProps {
  permission: PermissionInfo;
  role: Role;
  roles: readonly Role[];
  isGiven: boolean;
  isFixed: boolean;
  onChange: (isGiven: boolean) => void;
}

function PermissionBox({ permission, role, roles, isGiven, isFixed, onChange }: PermissionBoxProps) {
  const wordsOf = usePermissionWords();
  const [boxId, noteId] = [useId(), useId()];
  const from = inheritedFrom(role, permission.name, roles);
  return (
    <label htmlFor={boxId} className="flex min-w-0 gap-2.5 py-1">
      <Checkbox
        id={boxId}
        className="mt-0.5"
        checked={isGiven}
        mixed={!isGiven && from !== undefined}
        disabled={isFixed}
        aria-describedby={noteId}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span className="min-w-0">
        <span className="font-mono text-xs break-words">{permission.name}</span>
        <span id={noteId} className="block text-[0.8125rem] text-muted-foreground">
          {wordsOf(permission)}
          {from && (
            <>
              {" · "}
              <Trans>inherited from {from}</Trans>
            </>
          )}
        </span>
      </span>
    </label>
  );
}

function Staged({ detail, staged, undo }: { detail: RoleDetail; staged: readonly string[]; undo: () => void }) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const [asking, setAsking] = useState(false);
  const over = useOver([ROLES]);
  const { role, touches } = detail;
  const { given, taken } = diffOf(role.own_permissions, staged);
  const name = useRoleWords().nameOf(role);
  const run = async () => {
    await over(() => changeRole(role, { permissions: [...staged] }));
    notify({ type: "success", title: t`The role is changed` });
    await queryClient.invalidateQueries({ queryKey: ROLES });
    undo();
  };
  return (
    <section
      aria-label={t`What is to be changed`}
      className="sticky bottom-3 grid grid-cols-[minmax(0,1fr)] gap-3 rounded-xl border bg-card p-4 shadow-lg"
    >
      <ul className="flex flex-wrap gap-x-5 gap-y-1 font-mono text-xs">
        {given.map((permission) => (
          <li key={permission} className="inline-flex items-center gap-1 text-success">
            <Plus aria-label={t`given:`} className="size-3.5" />
            {permission}
          </li>
        ))}
        {taken.map((permission) => (
          <li key={permission} className="inline-flex items-center gap-1 text-danger">
            <Minus aria-label={t`taken:`} className="size-3.5" />
            {permission}
          </li>
        ))}
      </ul>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-[0.8125rem] text-muted-foreground">
          <Trans>
            Touches: <People count={touches} />
          </Trans>
        </p>
        <div className="flex flex-wrap gap-2">
          <Button size="small" onClick={undo}>
            <Trans>Discard</Trans>
          </Button>
          <Button size="small" variant="primary" onClick={() => setAsking(true)}>
            <Trans>Save…</Trans>
          </Button>
        </div>
      </div>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t`Change what ${name} allows?`}
        action={t`Save`}
        objects={[...given.map((permission) => `+ ${permission}`), ...taken.map((permission) => `− ${permission}`)]}
        run={run}
        returnFocus={() => false}
        wayOn={(error) => <RoleWayOn error={error} {...(given[0] && { permission: given[0] })} />}
      >
        <Trans>
          Everybody who holds the role, or one that inherits from it, has it at once: <People count={touches} />.
        </Trans>
      </ConfirmDialog>
    </section>
  );
}
