import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { answerOf, api } from "@/api/client";
import { useSession } from "@/features/session/session-life";
import { chooseTheme, currentTheme, isTheme, type Theme } from "@/lib/theme";

/** What whoever is signed in prefers, on every device. */
const preferencesQuery = queryOptions({
  queryKey: ["preferences", "own"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/users/me/preferences", { signal })),
});

/** Whether what is preferred is that of whoever sits before the screen, and not of somebody as whom they act. */
function useIsOwn(): boolean {
  const session = useSession();
  return session !== null && !session.acting;
}

/** Changes the theme, here at once, and for whoever is signed in on their other devices. */
export function useChooseTheme(): (theme: Theme) => void {
  const queryClient = useQueryClient();
  const isOwn = useIsOwn();
  return (theme) => {
    chooseTheme(theme);
    if (isOwn) {
      // This page has its theme either way; the other devices hear of it when the server next takes a choice.
      const kept = answerOf(api.PATCH("/api/v1/users/me/preferences", { body: { display: { theme } } }));
      kept.then(
        (preferences) => queryClient.setQueryData(preferencesQuery.queryKey, preferences),
        () => {},
      );
    }
  };
}

/** Takes up the theme that was chosen on another device. */
export function useFollowTheme(): void {
  const theme = useQuery({ ...preferencesQuery, enabled: useIsOwn() }).data?.display?.theme;
  useEffect(() => {
    if (isTheme(theme) && theme !== currentTheme()) chooseTheme(theme);
  }, [theme]);
}
