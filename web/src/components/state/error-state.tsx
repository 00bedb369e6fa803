import { Trans } from "@lingui/react/macro";
import { RotateCw, TriangleAlert } from "lucide-react";
import { asApiError } from "@/api/problem";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { useProblemWords } from "@/lib/problem-words";
import { RetryAfter } from "./retry-after";

interface ErrorStateProps {
  error: unknown;
  /** `h1` where this is all that the page shows. */
  heading?: "h1" | "h2";
  retry?: () => void;
  /** Loads the whole page anew, where that may help. */
  reload?: () => void;
  /** Whether a retry is under way. */
  busy?: boolean;
  className?: string;
}

/** What went wrong, how to try again, and the id that finds the request in the logs. */
export function ErrorState({
  error,
  heading: Heading = "h2",
  retry,
  reload,
  busy = false,
  className,
}: ErrorStateProps) {
  const { problem } = asApiError(error);
  const { title, detail } = useProblemWords()(error);
  const { retry_after: seconds, request_id: requestId } = problem;
  return (
    <div role="alert" className={cn("mx-auto flex max-w-md flex-col items-center px-6 py-16 text-center", className)}>
      <div className="mb-4 grid size-11 place-items-center rounded-xl bg-danger-surface text-danger">
        <TriangleAlert aria-hidden className="size-5" strokeWidth={1.75} />
      </div>
      <Heading className="text-[0.9375rem] font-semibold tracking-tight">{title}</Heading>
      {detail && <p className="mt-1.5 text-balance text-muted-foreground">{detail}</p>}
      {seconds && <RetryAfter key={requestId} seconds={seconds} className="mt-1.5 text-muted-foreground" />}
      <div className="mt-5 flex flex-wrap justify-center gap-2 empty:hidden">
        {retry && (
          <Button onClick={retry} busy={busy}>
            {!busy && <RotateCw aria-hidden />}
            <Trans>Try again</Trans>
          </Button>
        )}
        {reload && (
          <Button onClick={reload}>
            <Trans>Load the page again</Trans>
          </Button>
        )}
      </div>
      {requestId && (
        <p className="mt-5 max-w-full text-xs break-all text-muted-foreground">
          <Trans>
            Request <code className="font-mono select-all">{requestId}</code>
          </Trans>
        </p>
      )}
    </div>
  );
}
