import { Trans, useLingui } from "@lingui/react/macro";
import { Unplug } from "lucide-react";
import { contact, useContact } from "@/api/contact";
import { Button } from "@/components/ui/button";
import { formatTime, useFormat } from "@/lib/format";
import { useNow } from "@/lib/use-now";
import { live } from "@/live/live";

/** Says on every page that the server does not answer, and since when: what the page shows is from then. */
export function ContactNotice() {
  const { lostSince } = useContact();
  return lostSince === null ? null : <Lost since={lostSince} />;
}

function Lost({ since }: { since: number }) {
  const { t } = useLingui();
  const { formatDuration } = useFormat();
  const now = useNow(1_000);
  const time = formatTime(since);
  const duration = formatDuration(now - since);
  const tryNow = () => {
    void contact.ask();
    live.retryNow();
  };
  return (
    <section
      aria-label={t`Contact with the server`}
      data-contact="lost"
      className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b bg-warning-surface px-4 py-2 text-warning sm:px-6"
    >
      <Unplug aria-hidden className="size-4 shrink-0" />
      <p className="min-w-0 flex-1 basis-60">
        <span role="alert">
          <Trans>
            <span className="font-medium">No answer from the server since {time}.</span> What you see is from then.
          </Trans>
        </span>{" "}
        {/* Not part of the alert: it would be read out each second. */}
        <span className="tabular-nums">
          <Trans>That was {duration} ago; it is tried again by itself.</Trans>
        </span>
      </p>
      <Button size="small" onClick={tryNow}>
        <Trans>Try now</Trans>
      </Button>
    </section>
  );
}
