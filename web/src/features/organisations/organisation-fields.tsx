import { useLingui } from "@lingui/react/macro";
import type { ApiError } from "@/api/problem";
import { LineField } from "@/components/form/line-field";

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

/** What its fields are called. */
export function useOrganisationLabels(): Record<keyof TypedOrganisation, string> {
  const { t } = useLingui();
  return { name: t`Name`, slug: t`Name in addresses`, description: t`What it is` };
}

/** What an organisation is called, and what it is. */
export function OrganisationFields({ typed, onChange, error, checked, isNew = false }: OrganisationFieldsProps) {
  const { t } = useLingui();
  const labels = useOrganisationLabels();
  const text = (name: keyof TypedOrganisation) => ({
    label: labels[name],
    name,
    value: typed[name],
    onChange: (value: string) => onChange({ ...typed, [name]: value }),
    error,
  });
  const slugFault =
    error?.problem.status === 409
      ? t`Another organisation is called so in addresses.`
      : t`1 to 63 lower-case letters, digits and -, which neither begins nor ends it.`;
  return (
    <>
      <LineField
        {...text("name")}
        maxLength={200}
        isMissing={checked && typed.name.trim() === ""}
        autoComplete="off"
        autoFocus
      />
      <LineField
        {...text("slug")}
        hint={isNew ? t`Left empty it is made of the name.` : t`Addresses that hold the old one lead nowhere.`}
        fault={slugFault}
        maxLength={63}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
      />
      <LineField {...text("description")} maxLength={1000} />
    </>
  );
}
