import { useLingui } from "@lingui/react/macro";
import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { KeyboardEvent } from "react";
import type { CapturedMailSummary } from "@/api/schema";
import { LoadMore } from "@/components/ui/load-more";
import { cn } from "@/lib/cn";
import { useFormat } from "@/lib/format";
import { useNow } from "@/lib/use-now";

interface MailListProps {
  mails: readonly CapturedMailSummary[];
  query: Pick<UseInfiniteQueryResult, "hasNextPage" | "isFetchingNextPage" | "error" | "fetchNextPage">;
  className?: string;
}

/** The arrow keys choose the mail above or below. */
function moveChoice(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const links = [...event.currentTarget.querySelectorAll("a")];
  const chosen = links.findIndex((link) => link.contains(document.activeElement));
  const next = links[chosen + step];
  if (chosen < 0 || !next) return;
  event.preventDefault();
  next.focus();
  next.click();
}

/** The mails, newest first. */
export function MailList({ mails, query, className }: MailListProps) {
  const { t } = useLingui();
  const { formatAgo, formatDateTime } = useFormat();
  const now = useNow(30_000);
  return (
    <nav aria-label={t`Mails`} onKeyDown={moveChoice} className={cn("min-h-0 overflow-y-auto", className)}>
      <ul>
        {mails.map(({ id, to, subject, captured_at }) => (
          <li key={id} className="border-b">
            <Link
              to="/mails/$mailId"
              params={{ mailId: id }}
              className="block px-4 py-3 transition-colors hover:bg-muted focus-visible:-outline-offset-2 data-[status=active]:bg-accent"
            >
              <span className="flex items-baseline gap-3">
                <span className="min-w-0 flex-1 truncate font-medium">{to}</span>
                <time
                  dateTime={captured_at}
                  title={formatDateTime(captured_at)}
                  className="shrink-0 text-xs text-muted-foreground"
                >
                  {formatAgo(captured_at, now)}
                </time>
              </span>
              <span className="mt-0.5 block truncate text-[0.8125rem] text-muted-foreground">
                {subject || t`(no subject)`}
              </span>
            </Link>
          </li>
        ))}
      </ul>
      <LoadMore
        hasMore={query.hasNextPage}
        loading={query.isFetchingNextPage}
        error={query.error}
        onLoad={() => void query.fetchNextPage()}
      />
    </nav>
  );
}
