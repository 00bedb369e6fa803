import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { refetchOnReturn } from "@/api/contact-return";
import { ApiError } from "@/api/problem";
import { Notes } from "@/components/layout/notes";
import { sessionQuery } from "@/features/session/queries";
import { followSessionEnd } from "@/features/session/session-end";
import { leaveSession } from "@/features/session/session-life";
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
followPageLife();
refetchOnReturn(queryClient);
followSessionEnd(queryClient, () => {
  leaveSession(queryClient);
  void router.navigate({ to: "/sign-in", search: { next: router.state.location.href, ended: true } });
});

onAccessChanged(() => void queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey }));

const container = document.getElementById("root");
if (!container) throw new Error("index.html has no #root");
createRoot(container).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <Notes />
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
);
