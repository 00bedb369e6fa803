import { Trans, useLingui } from "@lingui/react/macro";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Outlet, useParams } from "@tanstack/react-router";
import { MailOpen, RefreshCw } from "lucide-react";
import { useCallback } from "react";
import type { LiveMessage } from "@/api/schema";
import { LiveIndicator } from "@/components/layout/live-indicator";
import { PAGE_BOX, PageHeader } from "@/components/layout/page-header";
import { EmptyState } from "@/components/state/empty-state";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { useSession } from "@/features/session/session-life";
import { cn } from "@/lib/cn";
import { holds } from "@/lib/permissions";
import { useLive } from "@/live/live";
import { MailList } from "./mail-list";
import { mailsQuery } from "./queries";

export function MailsPage() {
  const { t } = useLingui();
  const query = useInfiniteQuery(mailsQuery());
  const { mailId } = useParams({ strict: false });
  const isLive = useReloadOnNewMail();

  const mails = query.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <div className={cn(PAGE_BOX, "flex h-full flex-col gap-4")}>
      <PageHeader
        title={t`Captured mails`}
        description={t`Mails that were kept here instead of being sent.`}
        actions={
          isLive ? (
            <LiveIndicator />
          ) : (
            <Button busy={query.isRefetching} onClick={() => void query.refetch()}>
              {!query.isRefetching && <RefreshCw aria-hidden />}
              <Trans>Refresh</Trans>
            </Button>
          )
        }
      />
      {query.data === undefined ? (
        query.error ? (
          <ErrorState error={query.error} retry={() => void query.refetch()} busy={query.isFetching} />
        ) : (
          <Loading label={t`Loading the mails`} className="flex min-h-64 flex-1 flex-col">
            <Skeleton className="flex-1 rounded-xl" />
          </Loading>
        )
      ) : mails.length === 0 ? (
        <NoMails />
      ) : (
        <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)] overflow-hidden rounded-xl border bg-card shadow-xs lg:grid-cols-[minmax(0,22rem)_minmax(0,1fr)]">
          <MailList
            mails={mails}
            query={query}
            chosen={mailId}
            className={cn("lg:border-r", mailId && "max-lg:hidden")}
          />
          <div className={cn("min-h-0", !mailId && "max-lg:hidden")}>{mailId ? <Outlet /> : <ChooseMail />}</div>
        </div>
      )}
    </div>
  );
}

/** A new mail shows up at once, for those who may also watch events; whether that is so. The others ask by hand. */
function useReloadOnNewMail(): boolean {
  const queryClient = useQueryClient();
  const mayWatch = holds(useSession()?.permissions ?? [], "events.read");
  const reload = useCallback(
    (message: LiveMessage) => {
      if (message.kind !== "events") return;
      const hasNewMail = message.events.some(
        ({ type, data }) => type === "notification.sent" && data.channel === "email",
      );
      if (hasNewMail) void queryClient.invalidateQueries({ queryKey: ["captured-mails", "list"] });
    },
    [queryClient],
  );
  useLive("events", reload, { enabled: mayWatch });
  return mayWatch;
}

function ChooseMail() {
  const { t } = useLingui();
  return (
    <EmptyState icon={MailOpen} title={t`No mail chosen`}>
      <Trans>Choose one from the list to see it as its recipient would.</Trans>
    </EmptyState>
  );
}

function NoMails() {
  const { t } = useLingui();
  return (
    <EmptyState icon={MailOpen} title={t`No mail was captured`}>
      <p>
        <Trans>
          Mails are kept here while <code className="font-mono text-xs text-foreground">mail.smtp_url</code> is empty,
          as it is when ORION runs on its own.
        </Trans>
      </p>
      <p className="mt-2">
        <Trans>Once it names an SMTP server they are sent, and no more are added here.</Trans>
      </p>
    </EmptyState>
  );
}
