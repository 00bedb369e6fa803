import type { Problem } from "./schema";

const TYPE_PREFIX = "urn:orion:problem:";

/** What is wrong with what was typed, or taken by somebody else: of such the fields say all there is. */
const TOLD_BY_FIELDS = ["validation", "conflict"];

/** A call that failed: always with a problem, also when no server answered. */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.name = "ApiError";
    this.problem = problem;
  }

  /** The problem type's stable name, without its prefix. */
  get kind(): string {
    const { type } = this.problem;
    return type.startsWith(TYPE_PREFIX) ? type.slice(TYPE_PREFIX.length) : type;
  }

  /** Whether the same call may succeed later. */
  get isTransient(): boolean {
    const { status } = this.problem;
    return status === 0 || status === 408 || status === 502 || status === 503 || status === 504;
  }

  /** Whether a form with these fields tells all of it, each error at its field. Problems of other kinds say more than their fields. */
  isToldBy(fields: readonly string[]): boolean {
    const errors = this.problem.errors ?? [];
    return (
      TOLD_BY_FIELDS.includes(this.kind) && errors.length > 0 && errors.every(({ field }) => fields.includes(field))
    );
  }

  /** Messages by the path of their field; several for one field are joined. */
  get fieldErrors(): Record<string, string> {
    const byField: Record<string, string> = {};
    for (const { field, message } of this.problem.errors ?? []) {
      byField[field] = byField[field] ? `${byField[field]}; ${message}` : message;
    }
    return byField;
  }
}

/** A problem that the page itself has found; `src/lib/problem-words.ts` says it. */
export const ownProblem = (kind: string, status = 0): Problem => ({
  type: `${TYPE_PREFIX}${kind}`,
  title: kind,
  status,
});

/** The problem for a call that got no answer at all. */
export const unreachable = (): Problem => ownProblem("unreachable");

/** The problem of code that could not be loaded. */
export const missingPart = (): Problem => ownProblem("missing-part");

/** Reads the problem of a response; makes one when the body is something else, such as a proxy's page. */
export async function problemOf(response: Response): Promise<Problem> {
  const requestId = response.headers.get("x-request-id");
  if (response.headers.get("content-type")?.includes("json")) {
    try {
      const body: unknown = await response.json();
      if (isProblem(body)) return { ...body, request_id: body.request_id ?? requestId };
    } catch {
      // Not JSON after all: the status still says something.
    }
  }
  const detail = `HTTP ${response.status} ${response.statusText}`.trim();
  return { ...ownProblem("unreadable-answer", response.status), detail, request_id: requestId };
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "title" in body && "status" in body && "type" in body;
}

/** Turns anything thrown into an `ApiError`, for error states that show every failure the same way. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new ApiError({ ...ownProblem("page-fault"), detail });
}
