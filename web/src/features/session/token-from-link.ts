import { useRouter, useRouterState } from "@tanstack/react-router";
import { useEffect, useState } from "react";

/**
 * The token of the link's fragment, which then leaves the address bar, the history and any screenshot of them. A newer link
 * may be opened in the same tab, which changes the fragment alone.
 */
export function useTokenFromLink(path: string): string {
  const router = useRouter();
  const fragment = useRouterState({ select: ({ location }) => location.hash });
  const [token, setToken] = useState(() => window.location.hash.slice(1));
  if (fragment && fragment !== token) setToken(fragment);
  useEffect(() => {
    if (fragment) router.history.replace(path);
  }, [fragment, router, path]);
  return token;
}
