import { asApiError } from "./problem";

/** Nothing has this id, or nothing could have it; neither changes when it is asked again. */
const NONE_SUCH = [400, 404, 422];

/** Whether a page is about nothing that there is. */
export const isNoSuch = (error: unknown): boolean =>
  Boolean(error) && NONE_SUCH.includes(asApiError(error).problem.status);
