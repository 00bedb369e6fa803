import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { Role } from "@/api/schema";
import { Badge } from "@/components/ui/badge";
import { Field } from "@/components/ui/field";
import { Select } from "@/parts/select";

export type Scope = Role["scope"];

/** From what a role inherits unless it is told otherwise, and where it stands. */
export const FIRST_PARENT: Record<Scope, string> = { global: "user", org: "organisation_member", team: "", user: "" };

const SCOPES = ["global", "org", "team", "user"] as const;

/** What a scope is called. */
const NAMES: Record<Scope, MessageDescriptor> = {
  global: msg`Everywhere`,
  org: msg`Inside organisations`,
  team: msg`In a team`,
  user: msg`For one's own things`,
};

/** By whom a role of a scope is held, and for what. */
const HINTS: Record<Scope, MessageDescriptor> = {
  global: msg`By anybody, for the whole platform. It never changes.`,
  org: msg`By members of an organisation, for what belongs to that. It never changes.`,
  team: msg`By members of a team, for what is that team's. It never changes.`,
  user: msg`By anybody, for what is their own alone: it gives no power over others. It never changes.`,
};

/** Where a role is held. */
export function ScopeName({ scope }: { scope: Scope }) {
  const { t } = useLingui();
  return t(NAMES[scope]);
}

/** Marks a role that does not hold for everything; one that does has no mark. */
export function ScopeBadge({ scope }: { scope: Scope }) {
  if (scope === "global") return null;
  return (
    <Badge>
      <ScopeName scope={scope} />
    </Badge>
  );
}

/** Where a role is held; chosen once. */
export function ScopeField({ value, onChange }: { value: Scope; onChange: (scope: Scope) => void }) {
  const { t } = useLingui();
  return (
    <Field className="sm:col-span-2" label={t`Where it is held`} hint={t(HINTS[value])}>
      {(control) => (
        <Select {...control} value={value} onChange={(event) => onChange(event.target.value as Scope)}>
          {SCOPES.map((scope) => (
            <option key={scope} value={scope}>
              {t(NAMES[scope])}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
