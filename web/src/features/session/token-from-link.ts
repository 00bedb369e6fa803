import { useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";

/** The token of a link's fragment, which then leaves the address bar, the history and any screenshot of them. */
export function useTokenFromLink(path: string): string {
  const router = useRouter();
  const [token] = useState(() => window.location.hash.slice(1));
  useEffect(() => {
    if (token) router.history.replace(path);
  }, [token, router, path]);
  return token;
}
