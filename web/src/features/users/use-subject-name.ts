import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { serviceAccountQuery, serviceAccountsQuery } from "@/features/api-keys/service-account-queries";
import { useSession } from "@/features/session/session-life";
import { holds } from "@/lib/permissions";
import { userQuery } from "./queries";
import type { Subject } from "./subject";
import { userName } from "./user-texts";

/** So long a name is taken as it was told; in ms. */
const FRESH = 300_000;
const ONCE = { staleTime: FRESH, retry: false } as const;

/**
 * Who has this id, as far as the reader may see people and programs: nobody until it is known, and for good where it is not told.
 * Programs are few: they are looked for in a page of theirs, which is asked for once however many ids there are.
 *
 * @param kind where it is known what they are: nobody looks for a program that is gone among the people
 */
export function useSubjectName(
  id: string | undefined,
  kind?: Subject["kind"],
): Pick<Subject, "name" | "kind"> | undefined {
  const held = useSession()?.permissions ?? [];
  const maySeePrograms = holds(held, "service-accounts.read");
  const programs = useInfiniteQuery({
    ...serviceAccountsQuery,
    ...ONCE,
    enabled: id !== undefined && maySeePrograms && kind !== "user",
  });
  const listed = programs.data?.pages.flatMap(({ items }) => items).find((program) => program.id === id);
  const isUnlisted = id !== undefined && !listed && !programs.isLoading;
  const isPerson = isUnlisted && kind !== "service-account";
  const person = useQuery({ ...userQuery(id ?? ""), ...ONCE, enabled: isPerson && holds(held, "users.read") });
  const isOther = isUnlisted && maySeePrograms && programs.hasNextPage && !person.data && !person.isLoading;
  const program = useQuery({ ...serviceAccountQuery(id ?? ""), ...ONCE, enabled: isOther });
  if (person.data) return { name: userName(person.data), kind: "user" };
  const found = listed ?? program.data;
  return found && { name: found.name, kind: "service-account" };
}
