import { useQuery } from "@tanstack/react-query";
import { serviceAccountQuery } from "@/features/api-keys/service-account-queries";
import { useSession } from "@/features/session/session-life";
import { holds } from "@/lib/permissions";
import { userQuery } from "./queries";
import type { Subject } from "./subject";
import { userName } from "./user-texts";

/** So long a name is taken as it was told; in ms. */
const FRESH = 300_000;

/** Who has this id, as far as the reader may see people and programs: nobody until it is known, and for good where it is not told. */
export function useSubjectName(id: string | undefined): Pick<Subject, "name" | "kind"> | undefined {
  const held = useSession()?.permissions ?? [];
  const person = useQuery({
    ...userQuery(id ?? ""),
    enabled: id !== undefined && holds(held, "users.read"),
    staleTime: FRESH,
    retry: false,
  });
  // Programs are subjects, too, and no users.
  const program = useQuery({
    ...serviceAccountQuery(id ?? ""),
    enabled: id !== undefined && person.data === undefined && !person.isLoading && holds(held, "service-accounts.read"),
    staleTime: FRESH,
    retry: false,
  });
  if (person.data) return { name: userName(person.data), kind: "user" };
  return program.data && { name: program.data.name, kind: "service-account" };
}
