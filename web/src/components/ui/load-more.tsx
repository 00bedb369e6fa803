import { useLingui } from "@lingui/react/macro";
import { useProblemWords } from "@/lib/problem-words";
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
export function LoadMore({ label, hasMore, loading, error, onLoad }: LoadMoreProps) {
  const { t } = useLingui();
  const tell = useProblemWords();
  const describe = (failure: unknown) => {
    const { title, detail } = tell(failure);
    return detail ?? title;
  };
  if (!hasMore) return null;
  return (
    <div className="flex flex-col items-center gap-2 p-3">
      {error !== null && (
        <p role="alert" className="text-[0.8125rem] text-danger">
          {describe(error)}
        </p>
      )}
      <Button size="small" busy={loading} onClick={onLoad}>
        {error === null ? (label ?? t`Load more`) : t`Try again`}
      </Button>
    </div>
  );
}
