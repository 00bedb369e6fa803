import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import type { CapturedMail } from "@/api/schema";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Skeleton } from "@/components/ui/skeleton";
import { mailPreviewPath, mailPreviewQuery } from "./queries";

/** The HTML of a mail, on a white page of its own. */
export function MailPreview({ mail }: { mail: CapturedMail }) {
  const { t } = useLingui();
  const { subject } = mail;
  const { data: answers, error, refetch, isFetching } = useQuery(mailPreviewQuery(mail.id));
  if (answers) {
    // Sandboxed, and answered with a policy of its own: whatever the mail holds, it runs nothing and loads nothing. Its
    // links open tabs, which are as free as those of any other page.
    return (
      <iframe
        title={t`Preview of “${subject}”`}
        sandbox="allow-popups allow-popups-to-escape-sandbox"
        src={mailPreviewPath(mail.id)}
        className="size-full bg-white"
      />
    );
  }
  if (error) return <ErrorState error={error} retry={() => void refetch()} busy={isFetching} />;
  return (
    <Loading label={t`Loading the preview`} className="p-5">
      <Skeleton className="h-40" />
    </Loading>
  );
}
