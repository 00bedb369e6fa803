import { useLingui } from "@lingui/react/macro";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { Input } from "@/components/ui/input";
import { organisationQuery, organisationsQuery } from "@/features/directory/queries";
import { useProblemWords } from "@/lib/problem-words";
import { useRestingText } from "@/lib/use-resting-text";
import { findOrganisation } from "./find-organisation";

const REST_MS = 250;
/** How many characters the server lets a search have. */
const LONGEST = 200;

/** What an organisation is called, for who may see it; its id until that is known. */
export function useOrganisationName(id: string | undefined, maySee: boolean): string | undefined {
  const { data } = useQuery({ ...organisationQuery(id ?? ""), enabled: maySee && id !== undefined });
  return data?.name ?? id;
}

interface OrganisationFilterProps {
  /** By its id. */
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** One organisation, found by its name, its name in addresses or its id. */
export function OrganisationFilter(props: OrganisationFilterProps) {
  const name = useOrganisationName(props.value, true);
  // Another one from outside, such as none, is another field.
  return <TypedOrganisation key={name ?? ""} {...props} name={name} />;
}

function TypedOrganisation({ value, name = "", onChange }: OrganisationFilterProps & { name: string | undefined }) {
  const { t } = useLingui();
  const tell = useProblemWords();
  const id = useId();
  const [sought, setSought] = useState("");
  const { typed, type } = useRestingText(name, setSought, REST_MS);
  const [fault, setFault] = useState("");
  const offered = useInfiniteQuery({ ...organisationsQuery(sought), enabled: sought !== "" && sought !== name });
  const apply = async () => {
    const text = typed.trim();
    if (text === name) return;
    if (text === "") return onChange(undefined);
    try {
      const found = await findOrganisation(text);
      if (found === undefined) setFault(t`Not one organisation alone is called so.`);
      else if (found !== value) onChange(found);
    } catch (error) {
      const { title, detail } = tell(error);
      setFault(detail ?? title);
    }
  };
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-1">
      <label htmlFor={id} className="text-xs font-medium text-muted-foreground">
        {t`Organisation`}
      </label>
      <Input
        id={id}
        list={`${id}-offered`}
        value={typed}
        maxLength={LONGEST}
        aria-invalid={fault !== "" || undefined}
        aria-describedby={fault !== "" ? `${id}-fault` : undefined}
        placeholder={t`How the name begins, or the name in addresses`}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => {
          type(event.target.value);
          setFault("");
        }}
        onBlur={apply}
        onKeyDown={(event) => event.key === "Enter" && void apply()}
      />
      <datalist id={`${id}-offered`}>
        {offered.data?.pages[0]?.items.map((one) => (
          <option key={one.id} value={one.slug}>
            {one.name}
          </option>
        ))}
      </datalist>
      {fault !== "" && (
        <p id={`${id}-fault`} role="alert" className="text-[0.8125rem] text-danger">
          {fault}
        </p>
      )}
    </div>
  );
}
