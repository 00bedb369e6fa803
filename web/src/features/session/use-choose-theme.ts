import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { answerOf, api } from "@/api/client";
import { chooseTheme, currentTheme, isTheme, type Theme } from "@/lib/theme";
import { preferencesQuery, usePrefersOneself } from "./preferences";

/** Changes the theme, here at once, and for whoever is signed in on their other devices. */
export function useChooseTheme(): (theme: Theme) => void {
  const queryClient = useQueryClient();
  const isOwn = usePrefersOneself();
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
  const theme = useQuery({ ...preferencesQuery, enabled: usePrefersOneself() }).data?.display?.theme;
  useEffect(() => {
    if (isTheme(theme) && theme !== currentTheme()) chooseTheme(theme);
  }, [theme]);
}
