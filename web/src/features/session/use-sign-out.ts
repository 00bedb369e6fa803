import { useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { asApiError } from "@/api/problem";
import { notify } from "@/lib/notify";
import { useProblemWords } from "@/lib/problem-words";
import { mayLeave } from "@/parts/drafts/drafts";
import { signOut } from "./session";
import { leaveSession } from "./session-life";

/** Whoever has waited for so long is told. */
const LONG_MS = 1_000;

/** Ends the session on the server, then leaves the page. Stays, and says so, when the server could not be told. */
export function useSignOut(): () => Promise<void> {
  const { t } = useLingui();
  const tell = useProblemWords();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const tellOfWait = () =>
    notify({
      type: "waiting",
      title: t`Signing out`,
      description: t`The server has not answered yet. You are signed out once it does.`,
    });
  return async () => {
    if (!(await mayLeave())) return;
    const timer = setTimeout(tellOfWait, LONG_MS);
    try {
      await signOut();
    } catch (error) {
      // A 401 means that there is no session any more, which is what was wanted.
      if (asApiError(error).problem.status !== 401) {
        const { title, detail } = tell(error);
        notify({ type: "error", title: t`You are still signed in`, description: detail ?? title });
        return;
      }
    } finally {
      clearTimeout(timer);
    }
    leaveSession(queryClient);
    await navigate({ to: "/sign-in", ignoreBlocker: true });
  };
}
