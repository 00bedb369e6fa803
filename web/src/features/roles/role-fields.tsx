import { useLingui } from "@lingui/react/macro";
import type { ApiError } from "@/api/problem";
import type { Role } from "@/api/schema";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
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

interface RoleFieldsProps {
  typed: TypedRole;
  onChange: (typed: TypedRole) => void;
  error: ApiError | null;
  /** Those that it can inherit from. */
  parents: readonly Role[];
  /** Whether level and parent stay as they are, as with the roles of the program itself. */
  fixed?: boolean;
}

/** What a role is called, what it is for, and where it stands. */
export function RoleFields({ typed, onChange, error, parents, fixed = false }: RoleFieldsProps) {
  const { t } = useLingui();
  const faults = error?.fieldErrors ?? {};
  const text = (name: keyof TypedRole) => ({
    value: typed[name],
    onChange: (event: { target: { value: string } }) => onChange({ ...typed, [name]: event.target.value }),
  });
  return (
    <>
      <Field
        label={t`Name to show`}
        error={faults.display_name && t`On one line, without letters that cannot be seen.`}
      >
        {(control) => <Input {...control} {...text("display_name")} maxLength={255} />}
      </Field>
      <Field
        label={t`What it is for`}
        error={faults.description && t`At most 1,000 letters, all of which can be seen.`}
      >
        {(control) => <Input {...control} {...text("description")} maxLength={1000} />}
      </Field>
      {!fixed && (
        <>
          <Field
            label={t`Level`}
            hint={t`1 to 99: who stands higher may manage who stands lower.`}
            error={faults.level && t`From 1 to 99, and not below the role that it inherits from.`}
          >
            {(control) => <Input {...control} {...text("level")} type="number" inputMode="numeric" min={1} max={99} />}
          </Field>
          <Field
            label={t`Inherits from`}
            hint={t`It allows what that role allows as well.`}
            error={faults.parent && t`It cannot inherit from this role.`}
          >
            {(control) => (
              <Select {...control} {...text("parent")}>
                <option value="">{t`No other role`}</option>
                {parents.map((role) => (
                  <option key={role.id} value={role.name}>
                    {role.display_name}
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
