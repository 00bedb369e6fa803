import { ApiError } from "@/api/problem";

/** The answer that asks for a fresh sign-in (RFC 9470), as the name of a problem. */
const STEP_UP = "insufficient_user_authentication";

/** Whether the server would do it for somebody who has signed in just now (RFC 9470). */
export function isStepUpNeeded(error: unknown): error is ApiError {
  return error instanceof ApiError && error.problem.status === 401 && error.kind.replaceAll("-", "_") === STEP_UP;
}

/** Asks for a fresh sign-in. @returns whether there was one; false when somebody would rather not */
export type StepUp = (problem: ApiError) => Promise<boolean>;

/**
 * Runs an action, and once more by itself after a fresh sign-in, where the server asks for one. A second such answer is an
 * error like others, so that nobody is asked in a circle.
 *
 * @returns whether it was done; false when the sign-in was called off
 */
export async function runWithStepUp(action: () => Promise<unknown>, stepUp: StepUp): Promise<boolean> {
  try {
    await action();
  } catch (error) {
    if (!isStepUpNeeded(error)) throw error;
    if (!(await stepUp(error))) return false;
    await action();
  }
  return true;
}
