import { useQuery } from "@tanstack/react-query";
import { useCallback, useRef } from "react";
import { contact } from "@/api/contact";
import { appliedOf, PATIENCE_MS, pauseAfter } from "./applied";
import { settingsQuery } from "./queries";

/** The settings, asked for again by itself until every instance has applied them, or that has taken too long. */
export function useSettings() {
  const waiting = useRef({ version: -1, since: 0 });
  const query = useQuery({
    ...settingsQuery,
    refetchInterval: ({ state: { data } }) => {
      // Once the server is back, it is asked again anyway.
      if (!data || contact.view().lostSince !== null) return false;
      const { count, behind } = appliedOf(data);
      if (count > 0 && behind.length === 0) return false;
      if (waiting.current.version !== data.version) waiting.current = { version: data.version, since: Date.now() };
      return pauseAfter(Date.now() - waiting.current.since);
    },
  });
  const { refetch } = query;
  /** Asks now, and for a while again by itself. */
  const askAgain = useCallback(() => {
    waiting.current = { version: -1, since: 0 };
    void refetch();
  }, [refetch]);
  const { version, since } = waiting.current;
  const isBehind = query.data !== undefined && appliedOf(query.data).behind.length > 0;
  const gaveUp = isBehind && query.data?.version === version && Date.now() - since >= PATIENCE_MS;
  return { ...query, askAgain, gaveUp };
}
