import { Trans, useLingui } from "@lingui/react/macro";
import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import type { User } from "@/api/schema";
import { LoadMore } from "@/components/ui/load-more";
import { cn } from "@/lib/cn";
import { useNow } from "@/lib/use-now";
import { UserRow } from "./user-row";

interface UserTableProps {
  users: readonly User[];
  query: Pick<UseInfiniteQueryResult, "hasNextPage" | "isFetchingNextPage" | "error" | "fetchNextPage">;
  /** Whether the rows still belong to the search before. */
  stale: boolean;
}

const ROW_HEIGHT = 57;
/** The heading and the frame. */
const HEAD_HEIGHT = 38;
/** On a low window the table keeps this height, or that of its rows, and the page scrolls. */
const SHORTEST_TABLE = 256;
/** The next page is fetched when so many rows are left below. */
const ROWS_AHEAD = 20;

/** Pages of users in one table; only the rows in view exist, spacers stand for the others. */
export function UserTable({ users, query, stale }: UserTableProps) {
  const { t } = useLingui();
  const scroller = useRef<HTMLElement>(null);
  const now = useNow(30_000);
  const virtualizer = useVirtualizer({
    count: users.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
  });
  const rows = virtualizer.getVirtualItems();
  const before = rows[0]?.start ?? 0;
  const after = virtualizer.getTotalSize() - (rows.at(-1)?.end ?? 0);
  const lastIndex = rows.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, error, fetchNextPage } = query;

  useEffect(() => {
    // After an error the button asks again, so that a failing server is not called in a loop.
    if (lastIndex >= users.length - ROWS_AHEAD && hasNextPage && !isFetchingNextPage && !error && !stale) {
      void fetchNextPage();
    }
  }, [lastIndex, users.length, hasNextPage, isFetchingNextPage, error, stale, fetchNextPage]);

  return (
    <section
      ref={scroller}
      aria-label={t`List of users`}
      aria-busy={stale || undefined}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      style={{ minHeight: Math.min(SHORTEST_TABLE, HEAD_HEIGHT + users.length * ROW_HEIGHT) }}
      className={cn("overflow-y-auto rounded-xl border bg-card shadow-xs transition-opacity", stale && "opacity-60")}
    >
      <table className="w-full table-fixed text-left" aria-rowcount={hasNextPage ? -1 : users.length + 1}>
        <thead className="sticky top-0 z-10 bg-card text-xs text-muted-foreground shadow-[inset_0_-1px_0_var(--border)]">
          <tr>
            <th scope="col" className="h-9 px-4 font-medium">
              <Trans>User</Trans>
            </th>
            <th scope="col" className="w-34 px-3 font-medium">
              <Trans>Status</Trans>
            </th>
            <th scope="col" className="w-44 px-3 font-medium max-md:hidden">
              <Trans>Roles</Trans>
            </th>
            <th scope="col" className="w-32 px-3 font-medium max-lg:hidden">
              <Trans>Last sign-in</Trans>
            </th>
            <th scope="col" className="w-32 px-3 font-medium max-lg:hidden">
              <Trans>Joined</Trans>
            </th>
          </tr>
        </thead>
        <tbody>
          <Spacer height={before} />
          {rows.map(({ index }) => {
            const user = users[index];
            return user && <UserRow key={user.id} user={user} rowIndex={index + 2} now={now} />;
          })}
          <Spacer height={after} />
        </tbody>
      </table>
      <LoadMore hasMore={hasNextPage} loading={isFetchingNextPage} error={error} onLoad={() => void fetchNextPage()} />
    </section>
  );
}

function Spacer({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden>
      <td style={{ height }} />
    </tr>
  );
}
