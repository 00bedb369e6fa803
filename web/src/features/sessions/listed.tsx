import { Trans } from "@lingui/react/macro";
import type { useQuery } from "@tanstack/react-query";
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Badge } from "@/components/ui/badge";
import { Skeleton } from "@/components/ui/skeleton";

interface ListedProps<T> {
  query: ReturnType<typeof useQuery<{ items: T[] }>>;
  loading: string;
  /** What is said where there is nothing. */
  none: ReactNode;
  children: (items: T[]) => ReactNode;
}

/** A short list from the server, with what stands in its place until it is there. */
export function Listed<T>({ query, loading, none, children }: ListedProps<T>) {
  const { data, error, refetch, isFetching } = query;
  if (data?.items.length === 0) return <p className="px-4 py-6 text-center text-muted-foreground">{none}</p>;
  if (data) return <ul className="divide-y">{children(data.items)}</ul>;
  if (error) return <ErrorState error={error} retry={() => void refetch()} busy={isFetching} />;
  return (
    <Loading label={loading} className="flex flex-col gap-3 p-4">
      <Skeleton className="h-10" />
      <Skeleton className="h-10" />
    </Loading>
  );
}

interface RowProps {
  icon: LucideIcon;
  name: string;
  isCurrent: boolean;
  /** Beside the name, such as a status. */
  mark?: ReactNode;
  /** What is said below the name, part by part. */
  facts: readonly string[];
  actions?: ReactNode;
}

/** A line of such a list. */
export function Row({ icon: Icon, name, isCurrent, mark, facts, actions }: RowProps) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <Icon aria-hidden className="size-5 shrink-0 text-muted-foreground" />
      <div className="min-w-0 flex-1 basis-48">
        <p className="flex flex-wrap items-center gap-2 font-medium break-words">
          <span className="min-w-0 break-words">{name}</span>
          {isCurrent && (
            <Badge tone="success">
              <Trans>This one</Trans>
            </Badge>
          )}
          {mark}
        </p>
        <p className="mt-0.5 text-[0.8125rem] break-words text-muted-foreground">{facts.join(" · ")}</p>
      </div>
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
    </li>
  );
}
