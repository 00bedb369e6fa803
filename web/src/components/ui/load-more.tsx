import { asApiError } from "@/api/problem";
import { Button } from "./button";

interface LoadMoreProps {
  /** What the button says while nothing went wrong. */
  label?: string;
  hasMore: boolean;
  loading: boolean;
  error: unknown;
  onLoad: () => void;
}

/** The end of a list that comes in pages. */
export function LoadMore({ label = "Load more", hasMore, loading, error, onLoad }: LoadMoreProps) {
  if (!hasMore) return null;
  return (
    <div className="flex flex-col items-center gap-2 p-3">
      {error !== null && (
        <p role="alert" className="text-[0.8125rem] text-danger">
          {asApiError(error).message}
        </p>
      )}
      <Button size="small" busy={loading} onClick={onLoad}>
        {error === null ? label : "Try again"}
      </Button>
    </div>
  );
}
