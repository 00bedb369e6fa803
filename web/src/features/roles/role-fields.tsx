import { useLingui } from "@lingui/react/macro";
import type { ApiError } from "@/api/problem";
import type { Role } from "@/api/schema";
import { LineField } from "@/components/form/line-field";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useRoleWords } from "@/lib/role-words";
import { Select } from "@/parts/select";

/** What somebody types of a role. */
export interface TypedRole {
  display_name: string;
  description: string;
  level: string;
  parent: string;
}

/** The fields that say themselves what is wrong with them. */
export const ROLE_FIELDS = ["display_name", "description", "level", "parent"] as const;

/** What its fields are called. */
export function useRoleLabels(): Record<keyof TypedRole, string> {
  const { t } = useLingui();
  return { display_name: t`Name to show`, description: t`What it is for`, level: t`Level`, parent: t`Inherits from` };
}

interface RoleFieldsProps {
  typed: TypedRole;
  onChange: (typed: TypedRole) => void;
  error: ApiError | null;
  /** Whether it was tried to be sent, so that a missing name to show is told, where it has to be. */
  checked?: boolean;
  /** Those that it can inherit from. */
  parents: readonly Role[];
  /** Whether level and parent stay as they are, as with the roles of the program itself. */
  fixed?: boolean;
}

/** What a role is called, what it is for, and where it stands. */
export function RoleFields({ typed, onChange, error, checked = false, parents, fixed = false }: RoleFieldsProps) {
  const { t } = useLingui();
  const labels = useRoleLabels();
  const { nameOf } = useRoleWords();
  const faults = error?.fieldErrors ?? {};
  const text = (name: keyof TypedRole) => ({
    value: typed[name],
    onChange: (event: { target: { value: string } }) => onChange({ ...typed, [name]: event.target.value }),
  });
  const line = (name: keyof TypedRole) => ({
    label: labels[name],
    name,
    value: typed[name],
    onChange: (value: string) => onChange({ ...typed, [name]: value }),
    error,
  });
  return (
    <>
      <LineField
        {...line("display_name")}
        hint={fixed && t`As it comes with ORION it reads in each language; what you type reads so in all.`}
        isMissing={checked && typed.display_name.trim() === ""}
        maxLength={255}
      />
      <LineField
        {...line("description")}
        fault={t`At most 1,000 letters, all of which can be seen.`}
        maxLength={1000}
      />
      {!fixed && (
        <>
          <Field
            label={labels.level}
            hint={t`1 to 99: who stands higher may manage who stands lower.`}
            error={faults.level && t`From 1 to 99, and not below the role that it inherits from.`}
          >
            {(control) => <Input {...control} {...text("level")} type="number" inputMode="numeric" min={1} max={99} />}
          </Field>
          <Field
            label={labels.parent}
            hint={t`It allows what that role allows as well.`}
            error={faults.parent && t`It cannot inherit from this role.`}
          >
            {(control) => (
              <Select {...control} {...text("parent")}>
                <option value="">{t`No other role`}</option>
                {parents.map((role) => (
                  <option key={role.id} value={role.name}>
                    {nameOf(role)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </>
      )}
    </>
  );
}
