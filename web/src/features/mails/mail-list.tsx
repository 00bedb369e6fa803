import { useLingui } from "@lingui/react/macro";
import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, type RefObject, useEffect, useLayoutEffect, useRef } from "react";
import type { CapturedMailSummary } from "@/api/schema";
import { LoadMore } from "@/components/ui/load-more";
import { cn } from "@/lib/cn";
import { useFormat } from "@/lib/format";
import { useNow } from "@/lib/use-now";

interface MailListProps {
  mails: readonly CapturedMailSummary[];
  query: Pick<UseInfiniteQueryResult, "hasNextPage" | "isFetchingNextPage" | "error" | "fetchNextPage">;
  /** The id of the mail that is read. On a phone it stands in the place of the list. */
  chosen: string | undefined;
  className?: string;
}

/** The link above or below the one that has the focus, when an arrow key asks for it. */
function nextLink({ key, currentTarget }: KeyboardEvent<HTMLElement>): HTMLAnchorElement | undefined {
  const step = { ArrowDown: 1, ArrowUp: -1 }[key];
  const links = [...currentTarget.querySelectorAll("a")];
  const focused = links.findIndex((link) => link.contains(document.activeElement));
  return step && focused >= 0 ? links[focused + step] : undefined;
}

/** The mails, newest first. The arrow keys choose the one above or below. */
export function MailList({ mails, query, chosen, className }: MailListProps) {
  const { t } = useLingui();
  const { formatAgo, formatDateTime } = useFormat();
  const now = useNow(30_000);
  const navigate = useNavigate();
  const list = useRef<HTMLElement>(null);
  usePlaceKept(list, chosen);
  const move = (event: KeyboardEvent<HTMLElement>) => {
    const next = nextLink(event);
    if (!next) return;
    event.preventDefault();
    next.focus();
    const mailId = next.dataset.mail ?? "";
    // One step back leads out of the mails, however many were looked at.
    void navigate({ to: "/mails/$mailId", params: { mailId }, replace: chosen !== undefined });
  };
  return (
    <nav ref={list} aria-label={t`Mails`} onKeyDown={move} className={cn("min-h-0 overflow-y-auto", className)}>
      <ul>
        {mails.map(({ id, to, subject, captured_at }) => (
          <li key={id} className="border-b">
            <Link
              to="/mails/$mailId"
              params={{ mailId: id }}
              data-mail={id}
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

/** A list that was hidden behind the mail that was read comes back in its place, with the focus where it was. */
function usePlaceKept(list: RefObject<HTMLElement | null>, chosen: string | undefined): void {
  const place = useRef({ top: 0, mail: chosen });
  useEffect(() => {
    const element = list.current;
    // One that is hidden is not scrolled.
    const note = () => {
      if (element && element.clientHeight > 0) place.current.top = element.scrollTop;
    };
    element?.addEventListener("scroll", note);
    return () => element?.removeEventListener("scroll", note);
  }, [list]);
  useLayoutEffect(() => {
    const { top, mail } = place.current;
    place.current.mail = chosen;
    const element = list.current;
    if (chosen !== undefined || mail === undefined || !element) return;
    element.scrollTop = top;
    // What was clicked to come back is gone.
    const isLost = document.activeElement === null || document.activeElement === document.body;
    if (isLost) element.querySelector<HTMLElement>(`[data-mail="${CSS.escape(mail)}"]`)?.focus({ preventScroll: true });
  }, [list, chosen]);
}
