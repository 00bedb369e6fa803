import { useQuery } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { useSession } from "@/features/session/session-life";
import { userQuery } from "@/features/users/queries";
import { userName } from "@/features/users/user-texts";
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
  const { routesById } = useRouter();
  if (id === null) return "ORION";
  // No id for a moment only, which would push aside what follows.
  if (isLoading) return "…";
  const name = data ? <bdi>{userName(data)}</bdi> : <code className="font-mono text-xs">{id}</code>;
  const hasPage = Object.values(routesById).some(({ fullPath }) => String(fullPath) === "/users/$userId");
  if (!hasPage || !mayRead) return name;
  return (
    <Link to={`/users/${id}` as string} className="font-medium text-foreground underline-offset-4 hover:underline">
      {name}
    </Link>
  );
}
