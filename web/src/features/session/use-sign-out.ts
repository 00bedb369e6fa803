import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { asApiError } from "@/api/problem";
import { notify } from "@/lib/notify";
import { signOut } from "./session";
import { leaveSession } from "./session-life";

/** Whoever has waited for so long is told. */
const LONG_MS = 1_000;

/** Ends the session on the server, then leaves the page. Stays, and says so, when the server could not be told. */
export function useSignOut(): () => Promise<void> {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    const timer = setTimeout(tellOfWait, LONG_MS);
    try {
      await signOut();
    } catch (error) {
      const { problem } = asApiError(error);
      // A 401 means that there is no session any more, which is what was wanted.
      if (problem.status !== 401) {
        notify({ type: "error", title: "You are still signed in", description: problem.detail ?? problem.title });
        return;
      }
    } finally {
      clearTimeout(timer);
    }
    leaveSession(queryClient);
    await navigate({ to: "/sign-in" });
  };
}

function tellOfWait(): void {
  notify({
    type: "waiting",
    title: "Signing out",
    description: "The server has not answered yet. You are signed out once it does.",
  });
}
