import { useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import type { AuthzFact } from "@/api/schema";
import { OrganisationName } from "@/features/directory/organisation-name";
import { SubjectLink } from "@/features/directory/subject-link";
import { TeamName } from "@/features/directory/team-name";
import { useFormat } from "@/lib/format";

interface AskedOfProps {
  facts: readonly AuthzFact[];
  /** The organisation that was asked about. */
  organisation: string | null;
}

/** Of what a condition was asked: each thing that it reads, with its value at that moment. */
export function AskedOf({ facts, organisation }: AskedOfProps) {
  const { t } = useLingui();
  const say = useFactText();
  if (facts.length === 0) return null;
  return (
    <dl
      aria-label={t`Of what it was asked`}
      className="mt-1.5 grid w-fit max-w-full grid-cols-[minmax(0,auto)_minmax(0,1fr)] gap-x-3 gap-y-0.5 border-l-2 pl-3"
    >
      {facts.map((fact) => (
        <div key={fact.name} className="col-span-2 grid grid-cols-subgrid">
          <dt className="font-mono text-xs/5 break-words text-muted-foreground">{fact.name}</dt>
          <dd className={fact.known ? "break-words" : "break-words text-muted-foreground italic"}>
            <Value fact={fact} organisation={organisation} say={say} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface ValueProps {
  fact: AuthzFact;
  organisation: string | null;
  say: (fact: AuthzFact) => string;
}

/** What a fact is: who and what has an id by name, where that is known, with the id at hand that the condition compares. */
function Value({ fact, organisation, say }: ValueProps) {
  const { name, value } = fact;
  const named = typeof value === "string" && nameOf(name, value, organisation);
  return named ? <span title={value}>{named}</span> : say(fact);
}

function nameOf(fact: string, id: string, organisation: string | null): ReactNode {
  switch (fact) {
    case "subject.organisation":
    case "object.organisation_id":
      return <OrganisationName id={id} />;
    case "object.team_id":
      return organisation && <TeamName organisation={organisation} id={id} />;
    case "subject.id":
    case "object.owner_id":
      return <SubjectLink id={id} />;
    default:
      return undefined;
  }
}

/** What a fact is, in words. Times as conditions reckon with them: in UTC. */
function useFactText(): (fact: AuthzFact) => string {
  const { t } = useLingui();
  const { formatUtc } = useFormat();
  return ({ name, known, value }) => {
    if (!known) return t`not known`;
    if (value === null) return t`nothing`;
    if (typeof value === "boolean") return value ? t`yes` : t`no`;
    if (typeof value === "number") return String(value);
    if (Array.isArray(value)) return value.length > 0 ? value.join(", ") : t`none`;
    if (name === "now" && !Number.isNaN(Date.parse(value))) return formatUtc(value);
    return value === "" ? t`empty` : value;
  };
}
