import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { isNoSuch } from "@/api/no-such";
import { useSession } from "@/features/session/session-life";
import { holds } from "@/lib/permissions";
import { serviceAccountQuery, serviceAccountsQuery, userQuery } from "./queries";
import type { Subject } from "./subject";
import { userName } from "./user-texts";

/** So long a name is taken as it was told; in ms. */
const FRESH = 300_000;
const ONCE = {
  staleTime: FRESH,
  retry: false,
  // Who is no more stays so, whatever else of the page names them.
  retryOnMount: ({ state }: { state: { error: unknown } }) => !isNoSuch(state.error),
} as const;

interface Found {
  /** Who it is: nobody until it is known, and for good where it is not told. */
  known: Pick<Subject, "name" | "kind"> | undefined;
  /** Whether there is nobody of this id any more; told only to who may see all whom it could be. */
  isGone: boolean;
}

/**
 * Who has this id, as far as the reader may see people and programs. Programs are few: they are looked for in a page of theirs, which
 * is asked for once however many ids there are.
 *
 * @param kind where it is known what they are: nobody looks for a program that is gone among the people
 */
export function useSubject(id: string | undefined, kind?: Subject["kind"]): Found {
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
  if (person.data) return { known: { name: userName(person.data), kind: "user" }, isGone: false };
  const found = listed ?? program.data;
  if (found) return { known: { name: found.name, kind: "service-account" }, isGone: false };
  const isNoPerson = kind === "service-account" || isNoSuch(person.error);
  const areAllListed = programs.data !== undefined && !programs.hasNextPage;
  const isNoProgram = kind === "user" || areAllListed || isNoSuch(program.error);
  return { known: undefined, isGone: isUnlisted && isNoPerson && isNoProgram };
}
