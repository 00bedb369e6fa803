import { useLingui } from "@lingui/react/macro";
import type { ApiError } from "@/api/problem";
import { LineField } from "@/components/form/line-field";

/** What somebody types of a service account. */
export interface TypedAccount {
  name: string;
  description: string;
}

/** The fields that say themselves what is wrong with them. */
export const ACCOUNT_FIELDS = ["name", "description"] as const;

/** What its fields are called. */
export function useAccountLabels(): Record<keyof TypedAccount, string> {
  const { t } = useLingui();
  return { name: t`Name`, description: t`What it is for` };
}

interface ServiceAccountFieldsProps {
  typed: TypedAccount;
  onChange: (typed: TypedAccount) => void;
  error: ApiError | null;
  /** Whether it was tried to be sent, so that a missing name is told. */
  checked: boolean;
}

/** What a service account is called, and what it is for. */
export function ServiceAccountFields({ typed, onChange, error, checked }: ServiceAccountFieldsProps) {
  const labels = useAccountLabels();
  const text = (name: keyof TypedAccount) => ({
    label: labels[name],
    name,
    value: typed[name],
    onChange: (value: string) => onChange({ ...typed, [name]: value }),
    error,
  });
  return (
    <>
      <LineField
        {...text("name")}
        isMissing={checked && typed.name.trim() === ""}
        maxLength={200}
        autoComplete="off"
        autoFocus
      />
      <LineField {...text("description")} maxLength={1000} />
    </>
  );
}
