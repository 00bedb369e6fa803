import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { VenetianMask } from "lucide-react";
import { useEffect, useState } from "react";
import { activity, reportSessionEnded } from "@/api/client";
import type { ConsoleActing, ConsoleSession } from "@/api/schema";
import { Button } from "@/components/ui/button";
import { stopActing } from "@/features/session/session";
import { changeActor } from "@/features/session/session-life";
import { formatTime } from "@/lib/format";
import { notify } from "@/lib/notify";
import { useProblemWords } from "@/lib/problem-words";
import { useNow } from "@/lib/use-now";
import { mayLeave } from "@/parts/drafts/drafts";
import { tellOfActor } from "./tell-of-actor";

/** The session is asked for once it is over, and again after so long. */
const ASK_AGAIN_MS = 5_000;

/** "29:05". */
function countdown(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

interface ActingBannerProps {
  session: ConsoleSession;
  acting: ConsoleActing;
}

/** Says on every page as whom everything is done, until when and why; and the way back. */
export function ActingBanner({ session, acting }: ActingBannerProps) {
  const { t } = useLingui();
  const tell = useProblemWords();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const now = useNow(1_000);
  const [busy, setBusy] = useState(false);
  // The end is told in the server's time.
  const until = Date.parse(acting.expires_at) - activity.clockOffset;
  // The server may see it a moment later.
  const asks = Math.floor((now - until) / ASK_AGAIN_MS);
  useEffect(() => {
    if (asks >= 0) reportSessionEnded();
  }, [asks]);

  const stop = async () => {
    if (!(await mayLeave())) return;
    setBusy(true);
    try {
      const own = await stopActing();
      changeActor(queryClient, own);
      tellOfActor(own);
      await navigate({ to: "/", ignoreBlocker: true });
    } catch (error) {
      const { title, detail } = tell(error);
      notify({ type: "error", title, ...(detail && { description: detail }) });
      setBusy(false);
    }
  };
  const whom = session.display_name ?? session.email;
  const { email } = session;
  const left = countdown(until - now);
  const time = formatTime(until).slice(0, 5);
  const { reason } = acting;
  return (
    <section
      aria-label={t`Acting as another user`}
      data-acting={session.user_id}
      className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b bg-warning-surface px-4 py-2 text-warning sm:px-6"
    >
      <VenetianMask aria-hidden className="size-4 shrink-0" />
      <p className="min-w-0 flex-1 basis-60 break-words">
        <span className="font-medium">
          <Trans>
            You act as <bdi>{whom}</bdi>
          </Trans>
        </span>{" "}
        {session.display_name && <bdi>({email})</bdi>}{" "}
        <span className="tabular-nums">
          <Trans>
            until {time}, for {left} more.
          </Trans>
        </span>{" "}
        <Trans>
          The reason: <bdi>{reason}</bdi>
        </Trans>
      </p>
      <Button size="small" busy={busy} onClick={() => void stop()}>
        <Trans>Stop</Trans>
      </Button>
    </section>
  );
}
