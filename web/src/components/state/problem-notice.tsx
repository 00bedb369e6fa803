import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { ApiError } from "@/api/problem";
import { useProblemWords } from "@/lib/problem-words";
import { RetryAfter } from "./retry-after";

interface ProblemNoticeProps {
  /** Why the form could not be sent. */
  error: ApiError | null;
  /** The fields that the form shows: what stands at them is not told twice. */
  fields: readonly string[];
  /** What somebody can do about it. */
  wayOn?: ReactNode;
}

/** A failed form's problem, below its fields, so that they stay where they are; nothing when the fields tell all of it. */
export function ProblemNotice({ error, fields, wayOn }: ProblemNoticeProps) {
  const tell = useProblemWords();
  if (!error || error.isToldBy(fields)) return null;
  const { problem } = error;
  const { title, detail } = tell(error);
  const { retry_after: seconds } = problem;
  return (
    <div role="alert" className="flex gap-2.5 rounded-md bg-danger-surface px-3 py-2.5 text-danger">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0">
        <p className="font-medium">{title}</p>
        {detail && <p className="text-[0.8125rem]">{detail}</p>}
        {wayOn && <p className="mt-1 text-[0.8125rem]">{wayOn}</p>}
        {seconds && <RetryAfter key={problem.request_id} seconds={seconds} className="text-[0.8125rem]" />}
        {problem.request_id && problem.status >= 500 && (
          <p className="mt-1 font-mono text-xs break-all select-all">{problem.request_id}</p>
        )}
      </div>
    </div>
  );
}
