import { Trans, useLingui } from "@lingui/react/macro";
import { Hourglass, X } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { formatTime, useFormat } from "@/lib/format";

/**
 * Says that the session ends soon in any case. It is in nobody's way, and can be closed: what is being typed can still be saved.
 *
 * @param at when it ends (ms since 1970)
 * @param left ms until then
 */
export function SessionEndNote({ at, left }: { at: number; left: number }) {
  const { t } = useLingui();
  const { formatDuration } = useFormat();
  const [isClosed, setClosed] = useState(false);
  if (isClosed) return null;
  const time = formatTime(at);
  const duration = formatDuration(left);
  const close = () => {
    setClosed(true);
    // The button that had the focus is gone.
    document.getElementById("main")?.focus({ preventScroll: true });
  };
  return (
    <section
      aria-label={t`End of the session`}
      className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b bg-warning-surface px-4 py-2 text-warning sm:px-6"
    >
      <Hourglass aria-hidden className="size-4 shrink-0" />
      <p className="min-w-0 flex-1 basis-60">
        <span role="alert">
          <Trans>
            <span className="font-medium">Your session ends at {time}, also while you use it.</span> Save what you are
            at; signing in again brings you back to this page.
          </Trans>
        </span>{" "}
        {/* Not part of the alert: it would be read out each second. */}
        <span className="tabular-nums">
          <Trans>{duration} left.</Trans>
        </span>
      </p>
      <Button variant="ghost" size="iconSmall" aria-label={t`Close`} title={t`Close`} onClick={close}>
        <X aria-hidden />
      </Button>
    </section>
  );
}
