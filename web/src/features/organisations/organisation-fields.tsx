import { useLingui } from "@lingui/react/macro";
import type { ApiError } from "@/api/problem";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

/** What somebody types of an organisation. */
export interface TypedOrganisation {
  name: string;
  slug: string;
  description: string;
}

/** The fields that say themselves what is wrong with them. */
export const ORGANISATION_FIELDS = ["name", "slug", "description"] as const;

interface OrganisationFieldsProps {
  typed: TypedOrganisation;
  onChange: (typed: TypedOrganisation) => void;
  error: ApiError | null;
  /** Whether it was tried to be sent, so that a missing name is told. */
  checked: boolean;
  /** Whether an empty name in addresses is made of the name. */
  isNew?: boolean;
}

/** What an organisation is called, and what it is. */
export function OrganisationFields({ typed, onChange, error, checked, isNew = false }: OrganisationFieldsProps) {
  const { t } = useLingui();
  const faults = error?.fieldErrors ?? {};
  const text = (name: keyof TypedOrganisation) => ({
    value: typed[name],
    onChange: (event: { target: { value: string } }) => onChange({ ...typed, [name]: event.target.value }),
  });
  const slugFault =
    error?.problem.status === 409
      ? t`Another organisation is called so in addresses.`
      : t`1 to 63 lower-case letters, digits and -, which neither begins nor ends it.`;
  return (
    <>
      <Field
        label={t`Name`}
        error={
          ((checked && typed.name.trim() === "") || faults.name) && t`On one line, without letters that cannot be seen.`
        }
      >
        {(control) => <Input {...control} {...text("name")} maxLength={200} autoComplete="off" autoFocus />}
      </Field>
      <Field
        label={t`Name in addresses`}
        hint={isNew ? t`Left empty it is made of the name.` : t`Addresses that hold the old one lead nowhere.`}
        error={faults.slug && slugFault}
      >
        {(control) => (
          <Input
            {...control}
            {...text("slug")}
            maxLength={63}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
          />
        )}
      </Field>
      <Field label={t`What it is`} error={faults.description && t`On one line, without letters that cannot be seen.`}>
        {(control) => <Input {...control} {...text("description")} maxLength={1000} />}
      </Field>
    </>
  );
}
