import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import type { ConsoleFlow } from "@/api/schema";
import { type Entry, needsStep } from "./session";
import { beginSession } from "./session-life";

/**
 * What becomes of the answer to a sign-in: the page goes on to the console, or shows what is needed next.
 *
 * @param next where it goes on: a path of the console
 */
export function useEntry(next: string) {
  const queryClient = useQueryClient();
  const router = useRouter();
  const [flow, setFlow] = useState<ConsoleFlow | null>(null);
  const enter = async (entry: Entry | undefined) => {
    if (entry === undefined) return;
    if (needsStep(entry)) {
      setFlow(entry);
      return;
    }
    beginSession(queryClient, entry);
    await router.navigate({ href: next, replace: true });
  };
  return { flow, enter, leave: () => setFlow(null) };
}
