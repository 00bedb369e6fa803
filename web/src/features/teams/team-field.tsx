import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Field } from "@/components/ui/field";
import { allTeamsQuery } from "@/features/directory/queries";
import { Select } from "@/parts/select";

interface TeamFieldProps {
  organisation: string;
  /** Its id; empty for none. */
  value: string;
  onChange: (team: string) => void;
  error: string | undefined;
}

/** A team of an organisation. */
export function TeamField({ organisation, value, onChange, error }: TeamFieldProps) {
  const { t } = useLingui();
  const teams = useQuery(allTeamsQuery(organisation)).data ?? [];
  return (
    <Field label={t`Team`} hint={t`One that they are in.`} error={error} className="sm:col-span-2">
      {(control) => (
        <Select {...control} value={value} onChange={(event) => onChange(event.target.value)}>
          <option value="">{t`Choose one`}</option>
          {teams.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
