import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useHeldOf } from "@/features/session/session-life";
import { holds } from "@/lib/permissions";
import { teamQuery } from "./queries";

/** So long a name is taken as it was told; in ms. */
const FRESH = 300_000;
/** So much of an id is shown: its end, for those of one day begin alike. */
const SHORT = 8;

/** A team by name, which leads to its page, for who may see it; by the end of its id for others. */
export function TeamName({ organisation, id }: { organisation: string; id: string }) {
  const maySee = holds(useHeldOf(organisation), "organisations.read");
  const { data } = useQuery({ ...teamQuery(organisation, id), enabled: maySee, staleTime: FRESH, retry: false });
  if (!data) {
    return (
      <code className="font-mono text-xs" title={id}>
        …{id.slice(-SHORT)}
      </code>
    );
  }
  return (
    <Link
      to="/organisations/$organisationId/teams/$teamId"
      params={{ organisationId: organisation, teamId: id }}
      className="font-medium underline decoration-border underline-offset-4 hover:decoration-current"
    >
      <bdi>{data.name}</bdi>
    </Link>
  );
}
