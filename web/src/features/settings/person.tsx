import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { userQuery } from "@/features/directory/queries";
import { userName } from "@/features/directory/user-texts";
import { useSession } from "@/features/session/session-life";
import { holds } from "@/lib/permissions";

/** Names do not change from one page to the next. */
const FRESH_MS = 5 * 60_000;

/** Somebody by name where the reader may see it, otherwise by id; the platform itself where nobody did it. */
export function Person({ id }: { id: string | null }) {
  const held = useSession()?.permissions ?? [];
  const mayRead = holds(held, "users.read");
  const { data, isLoading } = useQuery({
    ...userQuery(id ?? ""),
    enabled: id !== null && mayRead,
    staleTime: FRESH_MS,
  });
  if (id === null) return "ORION";
  // No id for a moment only, which would push aside what follows.
  if (isLoading) return "…";
  const name = data ? <bdi>{userName(data)}</bdi> : <code className="font-mono text-xs">{id}</code>;
  if (!mayRead) return name;
  return (
    <Link
      to="/users/$userId"
      params={{ userId: id }}
      className="font-medium text-foreground underline decoration-border underline-offset-4 hover:decoration-current"
    >
      {name}
    </Link>
  );
}
