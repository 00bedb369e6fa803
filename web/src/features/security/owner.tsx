import { Link } from "@tanstack/react-router";
import type { AccountOwner } from "@/api/schema";
import { useSession } from "@/features/session/session-life";
import { holds } from "@/lib/permissions";

interface OwnerProps {
  id: string | null;
  /** Who that is, where the server says it. */
  owner: AccountOwner | null;
}

/** So much of an id is shown: its end, for those of one day begin alike. */
const SHORT = 8;

/** Whose account something is about, by name and address, which leads to their page; by the end of the id for who may not see users. */
export function Owner({ id, owner }: OwnerProps) {
  const maySee = holds(useSession()?.permissions ?? [], "users.read");
  if (id === null) return null;
  const known = owner?.display_name || owner?.email;
  const name = known ? (
    <bdi>{known}</bdi>
  ) : (
    <code className="font-mono text-xs" title={id}>
      …{id.slice(-SHORT)}
    </code>
  );
  return (
    <div className="max-w-full min-w-0 text-[0.8125rem] break-words sm:max-w-64 sm:text-right">
      {maySee ? (
        <Link
          to="/users/$userId"
          params={{ userId: id }}
          className="font-medium underline decoration-border underline-offset-4 hover:decoration-current"
        >
          {name}
        </Link>
      ) : (
        name
      )}
      {owner?.display_name && owner.email && <p className="text-muted-foreground">{owner.email}</p>}
    </div>
  );
}
