import { useQuery } from "@tanstack/react-query";
import { Suspense, useEffect, useState } from "react";
import { reportSessionEnded } from "@/api/client";
import { sessionQuery } from "@/features/session/queries";
import { type SessionEnd, sessionEnd } from "@/features/session/session";
import { lazyPart } from "@/lib/lazy-part";
import { useNow } from "@/lib/use-now";

const SessionWarning = lazyPart(() => import("./session-warning").then(({ SessionWarning }) => SessionWarning));
const SessionEndNote = lazyPart(() => import("./session-end-note").then(({ SessionEndNote }) => SessionEndNote));

/** How long before its end a session that nobody uses asks, at most: a short one is not asked about all the time. */
const QUESTION_MS = 2 * 60_000;
/** How long before it is told of an end that cannot be moved: time to save what is being typed. */
const NOTE_MS = 5 * 60_000;

const noticeOf = ({ isFinal, idleTime }: SessionEnd): number =>
  isFinal ? NOTE_MS : Math.min(QUESTION_MS, idleTime / 4);

/** Warns before the session ends, and leaves the page when it has. */
export function SessionExpiry() {
  const now = useNow(1_000);
  const { data: session, dataUpdatedAt } = useQuery(sessionQuery);
  const [hasAsked, setAsked] = useState(false);
  const end = session && sessionEnd(session, dataUpdatedAt);
  const left = end ? end.at - now : Number.POSITIVE_INFINITY;
  const ended = left <= 0;
  const warns = end && !ended && left <= noticeOf(end);
  const asks = Boolean(warns && !end.isFinal);
  if (asks && !hasAsked) setAsked(true);

  useEffect(() => {
    if (ended) reportSessionEnded();
  }, [ended]);

  return (
    <Suspense>
      {hasAsked && <SessionWarning open={asks} left={left} />}
      {warns && end.isFinal && <SessionEndNote key={session.expires_at} at={end.at} left={left} />}
    </Suspense>
  );
}
