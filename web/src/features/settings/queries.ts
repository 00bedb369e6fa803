import { infiniteQueryOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import { answerOf, api, given } from "@/api/client";
import { PAGE_SIZE } from "@/api/page";
import type { Setting } from "@/api/schema";

export const settingsQuery = queryOptions({
  queryKey: ["settings", "list"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/settings", { signal })),
});

const CHANGES = ["settings", "changes"];

/** Who changed what, the newest first. @param key the setting that it is about; all of them without one */
export const changesQuery = (key: string | undefined) =>
  infiniteQueryOptions({
    queryKey: [...CHANGES, { key }],
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/v1/settings/changes", {
          params: { query: given({ key, cursor: pageParam, limit: PAGE_SIZE }) },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

/** A setting as somebody has seen it: a change is refused once it has another version. */
type Seen = Pick<Setting, "key" | "version">;

const paramsOf = ({ key, version }: Seen) => ({ path: { key }, header: { "If-Match": `"${version}"` } });

export const findSetting = (key: string): Promise<Setting> =>
  answerOf(api.GET("/api/v1/settings/{key}", { params: { path: { key } } }));

export const putSetting = (seen: Seen, value: unknown, reason: string): Promise<Setting> =>
  answerOf(
    api.PUT("/api/v1/settings/{key}", { params: paramsOf(seen), body: { value, ...(reason !== "" && { reason }) } }),
  );

/** Gives the value of the start back. */
export const resetSetting = (seen: Seen, reason: string): Promise<Setting> =>
  answerOf(
    api.DELETE("/api/v1/settings/{key}", {
      params: { ...paramsOf(seen), query: { ...(reason !== "" && { reason }) } },
    }),
  );

/** Shows what the server has said of one setting at once, and asks for the rest. */
export async function takeSetting(queryClient: QueryClient, setting: Setting): Promise<void> {
  const { queryKey } = settingsQuery;
  // An answer from before would put the old value back.
  await queryClient.cancelQueries({ queryKey });
  queryClient.setQueryData(
    queryKey,
    (list) =>
      list && {
        ...list,
        version: Math.max(list.version, setting.version),
        items: list.items.map((one) => (one.key === setting.key ? setting : one)),
      },
  );
  void queryClient.invalidateQueries({ queryKey });
  void queryClient.invalidateQueries({ queryKey: CHANGES });
}
