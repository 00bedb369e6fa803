import { useQueryClient } from "@tanstack/react-query";
import { devicesQuery, sessionsQuery, type Whose } from "./queries";

/** Asks anew for sessions and devices: what is done with one changes the other. */
export function useRefreshed(whose: Whose) {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: sessionsQuery(whose).queryKey }),
      client.invalidateQueries({ queryKey: devicesQuery(whose).queryKey }),
    ]);
}
