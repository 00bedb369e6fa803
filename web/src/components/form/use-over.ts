import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { asApiError } from "@/api/problem";

/**
 * Does something over the version that was seen. Where somebody else was there first, what is kept under these keys is read anew, so that
 * the page shows what it was changed to; the refusal is thrown all the same.
 */
export function useOver(keys: readonly QueryKey[]): <Answer>(send: () => Promise<Answer>) => Promise<Answer> {
  const queryClient = useQueryClient();
  return async (send) => {
    try {
      return await send();
    } catch (thrown) {
      if (asApiError(thrown).problem.status === 412) {
        await Promise.all(keys.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
      }
      throw thrown;
    }
  };
}
