import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "@/api/client";
import { asApiError } from "@/api/problem";
import type { UpdateProfile, User } from "@/api/schema";
import { USERS } from "@/lib/query-keys";

/** One's own profile. It is looked at anew with all users: a picture is changed on the page of a user, too. */
export const ownProfileQuery = queryOptions({
  queryKey: [...USERS, "me"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/users/me", { signal })),
});

/** Changes some fields of one's own profile. Where it was changed meanwhile it is read anew, once: the other fields are not touched. */
export async function changeOwnProfile(queryClient: QueryClient, change: UpdateProfile): Promise<User> {
  const put = async ({ version }: User) => {
    const params = { header: { "If-Match": `"${version}"` } };
    const kept = await answerOf(api.PATCH("/api/v1/users/me", { params, body: change }));
    queryClient.setQueryData(ownProfileQuery.queryKey, kept);
    await queryClient.invalidateQueries({ queryKey: USERS });
    return kept;
  };
  try {
    return await put(
      queryClient.getQueryData(ownProfileQuery.queryKey) ?? (await queryClient.fetchQuery(ownProfileQuery)),
    );
  } catch (error) {
    if (asApiError(error).problem.status !== 412) throw error;
    return put(await queryClient.fetchQuery({ ...ownProfileQuery, staleTime: 0 }));
  }
}
