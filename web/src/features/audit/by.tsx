import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { AuditEntry } from "@/api/schema";
import { useSession } from "@/features/session/session-life";
import { userQuery } from "@/features/users/queries";
import { userName } from "@/features/users/user-texts";
import { holds } from "@/lib/permissions";

/** So much of an id is shown: its end, for those of one day begin alike. */
const SHORT = 8;
/** So long a name is taken as it was told; in ms. */
const FRESH = 300_000;

/** What an entry says of who did it. Kinds of a newer version say what they are by themselves. */
function principalOf(entry: AuditEntry): { user: string } | { name: string } {
  const principal = entry.principal as { kind: string; user_id?: string; id?: string; service?: string };
  if (principal.user_id) return { user: principal.user_id };
  return { name: [principal.kind, principal.service ?? principal.id].filter(Boolean).join(" ") };
}

/** Who did it: "Ada as Grace", where somebody acted as somebody else. */
export function By({ entry }: { entry: AuditEntry }) {
  const who = principalOf(entry);
  const shown = "user" in who ? <Person id={who.user} /> : <span>{who.name}</span>;
  return (
    <span className="inline-flex flex-wrap items-baseline gap-x-1.5 text-[0.8125rem]">
      {entry.actor ? (
        <Trans>
          <Person id={entry.actor} /> as {shown}
        </Trans>
      ) : (
        shown
      )}
    </span>
  );
}

/** By name, which leads to their page, for who may see users; by the end of the id for others, and of who is not there any more. */
function Person({ id }: { id: string }) {
  const maySee = holds(useSession()?.permissions ?? [], "users.read");
  const { data } = useQuery({ ...userQuery(id), enabled: maySee, staleTime: FRESH, retry: false });
  const name = data ? (
    <bdi>{userName(data)}</bdi>
  ) : (
    <code className="font-mono text-xs" title={id}>
      …{id.slice(-SHORT)}
    </code>
  );
  if (!maySee) return name;
  return (
    <Link
      to="/users/$userId"
      params={{ userId: id }}
      className="font-medium underline decoration-border underline-offset-4 hover:decoration-current"
    >
      {name}
    </Link>
  );
}
