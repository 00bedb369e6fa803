import { CSPProvider } from "@base-ui/react/csp-provider";
import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { refetchOnReturn } from "@/api/contact-return";
import { ApiError } from "@/api/problem";
import type { ConsoleSession } from "@/api/schema";
import { Notes } from "@/components/layout/notes";
import { tellOfActor } from "@/features/acting/tell-of-actor";
import { sessionQuery } from "@/features/session/queries";
import { followSessionEnd } from "@/features/session/session-end";
import { changeActor, loseSession } from "@/features/session/session-life";
import { followLanguageChanges, speak, wantedLanguage } from "@/lib/language";
import { followThemeChanges } from "@/lib/theme";
import { followPageLife, onAccessChanged } from "@/live/live";
import { createConsoleRouter } from "./router";
import "./styles.css";

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // Only what may succeed later is tried again; the rest is shown at once, with a button.
      retry: (failures, error) => failures < 2 && error instanceof ApiError && error.isTransient,
    },
  },
});
const router = createConsoleRouter(queryClient);

followThemeChanges();
followLanguageChanges();
followPageLife();
refetchOnReturn(queryClient);
const goOnAs = (session: ConsoleSession) => {
  changeActor(queryClient, session);
  tellOfActor(session);
  void router.navigate({ to: "/", ignoreBlocker: true });
};
followSessionEnd(
  queryClient,
  () => {
    loseSession(queryClient);
    const search = { next: router.state.location.href, ended: true } as const;
    void router.navigate({ to: "/sign-in", search, ignoreBlocker: true });
  },
  goOnAs,
);

onAccessChanged(() => void queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey }));

/** Shows the console once its words are there; `early.js` has asked for them. */
async function start(container: HTMLElement): Promise<void> {
  try {
    await speak(wantedLanguage());
  } catch {
    // Nothing can be said in any language without its words.
    container.textContent = "The console could not be loaded. Load the page again.";
    return;
  }
  createRoot(container).render(
    <StrictMode>
      <I18nProvider i18n={i18n}>
        <CSPProvider disableStyleElements>
          <QueryClientProvider client={queryClient}>
            <RouterProvider router={router} />
            <Notes />
          </QueryClientProvider>
        </CSPProvider>
      </I18nProvider>
    </StrictMode>,
  );
}

const container = document.getElementById("root");
if (!container) throw new Error("index.html has no #root");
void start(container);
