import { Trans, useLingui } from "@lingui/react/macro";
import type { Role } from "@/api/schema";
import { Badge } from "@/components/ui/badge";
import { Field } from "@/components/ui/field";
import { Select } from "@/parts/select";

export type Scope = Role["scope"];

/** From what a role inherits unless it is told otherwise, and where it stands. */
export const FIRST_PARENT: Record<Scope, string> = { global: "user", org: "organisation_member" };

/** Marks a role that members of an organisation hold inside it; one that is held everywhere has no mark. */
export function ScopeBadge({ scope }: { scope: Scope }) {
  if (scope !== "org") return null;
  return (
    <Badge>
      <Trans>Inside organisations</Trans>
    </Badge>
  );
}

/** Where a role is held; chosen once. */
export function ScopeField({ value, onChange }: { value: Scope; onChange: (scope: Scope) => void }) {
  const { t } = useLingui();
  return (
    <Field
      className="sm:col-span-2"
      label={t`Where it is held`}
      hint={
        value === "org"
          ? t`By members of an organisation, for what belongs to that. It never changes.`
          : t`By anybody, for the whole platform. It never changes.`
      }
    >
      {(control) => (
        <Select {...control} value={value} onChange={(event) => onChange(event.target.value as Scope)}>
          <option value="global">{t`Everywhere`}</option>
          <option value="org">{t`Inside organisations`}</option>
        </Select>
      )}
    </Field>
  );
}
