import { useLingui } from "@lingui/react/macro";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Field } from "@/components/ui/field";
import { allTeamsQuery, organisationsQuery } from "@/features/directory/queries";
import { useHeldOf, useSession } from "@/features/session/session-life";
import { holds } from "@/lib/permissions";
import { Select } from "@/parts/select";
import { IdField } from "./id-field";

/** Where the object is: in an organisation, and there of a team; nowhere where neither is given. */
export interface Place {
  organisation: string | undefined;
  team: string | undefined;
}

interface PlaceFieldsProps extends Place {
  onChange: (place: Place) => void;
}

/** On something of which organisation, and of which of its teams. */
export function PlaceFields({ organisation, team, onChange }: PlaceFieldsProps) {
  const { t } = useLingui();
  const maySee = holds(useSession()?.permissions ?? [], "organisations.read");
  // The teams of one are not those of another.
  const chooseOrganisation = (next: string | undefined) => onChange({ organisation: next, team: undefined });
  return (
    <>
      {maySee ? (
        <Organisations value={organisation} onChange={chooseOrganisation} />
      ) : (
        <IdField
          label={t`On something of the organisation`}
          hint={t`Its id. Left empty it is about the platform as a whole.`}
          value={organisation}
          onChange={chooseOrganisation}
        />
      )}
      {organisation !== undefined && (
        <Teams
          key={organisation}
          organisation={organisation}
          value={team}
          onChange={(next) => onChange({ organisation, team: next })}
        />
      )}
    </>
  );
}

interface ChoiceProps {
  value: string | undefined;
  onChange: (id: string | undefined) => void;
}

/** One of the organisations, by name where they are few. */
function Organisations({ value, onChange }: ChoiceProps) {
  const { t } = useLingui();
  const { data, hasNextPage } = useInfiniteQuery(organisationsQuery(undefined));
  const known = data?.pages[0]?.items ?? [];
  const label = t`On something of the organisation`;
  if (hasNextPage || (value !== undefined && data && !known.some(({ id }) => id === value))) {
    const hint = t`Its id. Left empty it is about the platform as a whole.`;
    return <IdField label={label} hint={hint} value={value} onChange={onChange} />;
  }
  return (
    <Field label={label}>
      {(control) => (
        <Select {...control} value={value ?? ""} onChange={(event) => onChange(event.target.value || undefined)}>
          <option value="">{t`None: the platform as a whole`}</option>
          {known.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}

/** One of the teams of an organisation, by name for who may see them. */
function Teams({ organisation, value, onChange }: ChoiceProps & { organisation: string }) {
  const { t } = useLingui();
  const maySee = holds(useHeldOf(organisation), "organisations.read");
  const { data: known, error } = useQuery({ ...allTeamsQuery(organisation), enabled: maySee, retry: false });
  const label = t`And there of the team`;
  if (!maySee || error || (value !== undefined && known && !known.some(({ id }) => id === value))) {
    const hint = t`Its id. Left empty it is about the organisation as a whole.`;
    return <IdField label={label} hint={hint} value={value} onChange={onChange} />;
  }
  return (
    <Field label={label} hint={known?.length === 0 && t`The organisation has no teams.`}>
      {(control) => (
        <Select {...control} value={value ?? ""} onChange={(event) => onChange(event.target.value || undefined)}>
          <option value="">{t`None: the organisation as a whole`}</option>
          {known?.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
