import type { ServiceAccount, User } from "@/api/schema";
import { SERVICE_ACCOUNTS, USERS } from "@/lib/query-keys";
import { userName } from "./user-texts";

/** Whoever is given roles and permissions: a person, or a program with an account of its own. */
export interface Subject {
  id: string;
  /** What they are called. */
  name: string;
  kind: "user" | "service-account";
  /** Nothing is given to who has not verified their address yet. */
  isPending: boolean;
  /** What is read anew once something was given or taken. */
  keys: readonly (readonly string[])[];
}

export const subjectOfUser = (user: User): Subject => ({
  id: user.id,
  name: userName(user),
  kind: "user",
  isPending: user.status === "pending_verification",
  keys: [USERS],
});

export const subjectOfServiceAccount = ({ id, name }: ServiceAccount): Subject => ({
  id,
  name,
  kind: "service-account",
  isPending: false,
  keys: [USERS, SERVICE_ACCOUNTS],
});
