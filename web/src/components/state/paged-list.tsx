import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { LoadMore } from "@/components/ui/load-more";
import { Skeleton } from "@/components/ui/skeleton";
import { cn } from "@/lib/cn";
import { ErrorState } from "./error-state";
import { Loading } from "./loading";

interface PagedListProps<T> {
  query: UseInfiniteQueryResult<InfiniteData<{ items: T[] }>>;
  loading: string;
  /** What is said where there is nothing. */
  none: ReactNode;
  /** A line of the list, an `li`. */
  children: (item: T) => ReactNode;
}

/** A list that comes in pages, with what stands in its place until it is there. */
export function PagedList<T>({ query, loading, none, children }: PagedListProps<T>) {
  const { data, error, refetch, isFetching, hasNextPage, fetchNextPage, isFetchingNextPage, isPlaceholderData } = query;
  const items = data?.pages.flatMap((page) => page.items);
  if (!items) {
    return error ? (
      <ErrorState error={error} retry={() => void refetch()} busy={isFetching} />
    ) : (
      <Loading label={loading} className="flex flex-col gap-3 p-4">
        <Skeleton className="h-10" />
        <Skeleton className="h-10" />
      </Loading>
    );
  }
  if (items.length === 0) return <p className="px-4 py-6 text-center text-muted-foreground">{none}</p>;
  return (
    // What belongs to the filters of before is pale until the new ones are answered.
    <div
      aria-busy={isPlaceholderData || undefined}
      className={cn("transition-opacity", isPlaceholderData && "opacity-60")}
    >
      <ul className="divide-y">{items.map(children)}</ul>
      <LoadMore hasMore={hasNextPage} loading={isFetchingNextPage} error={error} onLoad={() => void fetchNextPage()} />
    </div>
  );
}

interface LineProps {
  title: ReactNode;
  /** Beside the title, such as a severity. */
  mark?: ReactNode;
  /** Stands before the facts, and may lead somewhere. */
  about?: ReactNode;
  facts: readonly (string | null | undefined | false)[];
  action?: ReactNode;
}

/** A line of such a list. */
export function Line({ title, mark, about, facts, action }: LineProps) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-56">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          <span className="min-w-0 break-words">{title}</span>
          {mark}
        </p>
        <p className="mt-0.5 text-[0.8125rem] break-words text-muted-foreground">
          {about}
          {about && " · "}
          {facts.filter(Boolean).join(" · ")}
        </p>
      </div>
      {action}
    </li>
  );
}
