import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft, MailX } from "lucide-react";
import { Fragment, useState } from "react";
import { isNoSuch } from "@/api/no-such";
import type { CapturedMail } from "@/api/schema";
import { EmptyState } from "@/components/state/empty-state";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { buttonVariants } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { Tabs, TabsList, TabsPanel, TabsTab } from "@/components/ui/tabs";
import { cn } from "@/lib/cn";
import { useFormat } from "@/lib/format";
import { MailPreview } from "./mail-preview";
import { mailQuery } from "./queries";
import { splitLinks } from "./split-links";

const route = getRouteApi("/_console/mails/$mailId");

/** One mail, as its recipient would see it. */
export function MailDetail() {
  const { t } = useLingui();
  const { mailId } = route.useParams();
  // Who reads texts reads the next mail's as well.
  const [part, setPart] = useState<MailPart>("html");
  const { data: mail, error, refetch, isFetching } = useQuery(mailQuery(mailId));
  if (isNoSuch(error)) return <NoSuchMail />;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <Link
        to="/mails"
        className={cn(buttonVariants({ variant: "ghost", size: "small" }), "mt-2 ml-2 self-start lg:hidden")}
      >
        <ArrowLeft aria-hidden />
        <Trans>All mails</Trans>
      </Link>
      {mail ? (
        <Mail key={mail.id} mail={mail} part={mail.html === null ? "text" : part} onPart={setPart} />
      ) : error ? (
        <ErrorState error={error} retry={() => void refetch()} busy={isFetching} />
      ) : (
        <Loading label={t`Loading the mail`} className="grid gap-3 p-5">
          <Skeleton className="h-6 w-2/3" />
          <Skeleton className="h-4 w-1/3" />
        </Loading>
      )}
    </div>
  );
}

function NoSuchMail() {
  const { t } = useLingui();
  return (
    <EmptyState
      icon={MailX}
      title={t`There is no such mail`}
      action={
        <Link to="/mails" className={buttonVariants()}>
          <Trans>Go to all mails</Trans>
        </Link>
      }
    >
      <Trans>The address may be incomplete, or the mail was not kept.</Trans>
    </EmptyState>
  );
}

type MailPart = "html" | "text";

interface MailProps {
  mail: CapturedMail;
  part: MailPart;
  onPart: (part: MailPart) => void;
}

function Mail({ mail, part, onPart }: MailProps) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  return (
    <Tabs value={part} onValueChange={onPart} className="flex min-h-0 flex-1 flex-col">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-3 border-b px-4 py-3 lg:px-5 lg:py-4">
        <div className="min-w-0 flex-1 basis-60">
          <h2 className="text-base font-semibold tracking-tight break-words">{mail.subject || t`(no subject)`}</h2>
          <dl className="mt-1.5 grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 text-[0.8125rem]">
            <Line label={t`From`} value={mail.from} />
            <Line label={t`To`} value={mail.to} />
            <Line label={t`Captured`} value={formatDateTime(mail.captured_at)} />
          </dl>
        </div>
        <TabsList aria-label={t`Parts of the mail`}>
          {mail.html !== null && <TabsTab value="html">HTML</TabsTab>}
          <TabsTab value="text">
            <Trans>Text</Trans>
          </TabsTab>
        </TabsList>
      </div>
      {mail.html !== null && (
        <TabsPanel value="html" className="min-h-0 flex-1 overflow-auto">
          <MailPreview mail={mail} />
        </TabsPanel>
      )}
      <TabsPanel value="text" className="min-h-0 flex-1 overflow-auto">
        <pre className="p-4 font-mono text-[0.8125rem] break-words whitespace-pre-wrap lg:p-5">
          <LinkedText text={mail.text} />
        </pre>
      </TabsPanel>
    </Tabs>
  );
}

function Line({ label, value }: { label: string; value: string }) {
  return (
    <>
      <dt className="text-muted-foreground">{label}</dt>
      <dd className="truncate" title={value}>
        {value}
      </dd>
    </>
  );
}

/** A text whose addresses can be opened, in a tab that knows nothing of this one. */
function LinkedText({ text }: { text: string }) {
  return splitLinks(text).map(({ text: piece, href, at }) =>
    href ? (
      <a
        key={at}
        href={href}
        target="_blank"
        rel="noopener noreferrer"
        className="text-primary underline underline-offset-2"
      >
        {piece}
      </a>
    ) : (
      <Fragment key={at}>{piece}</Fragment>
    ),
  );
}
