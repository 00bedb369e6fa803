import { useQuery } from "@tanstack/react-query";
import { Suspense, useEffect, useState } from "react";
import { reportSessionEnded } from "@/api/client";
import { sessionQuery } from "@/features/session/queries";
import { sessionEndsAt } from "@/features/session/session";
import { lazyPart } from "@/lib/lazy-part";
import { useNow } from "@/lib/use-now";

const SessionWarning = lazyPart(() => import("./session-warning").then(({ SessionWarning }) => SessionWarning));

/** How long before its end a session warns. */
const WARNING_MS = 2 * 60_000;

/** Warns before the session ends, and leaves the page when it has. */
export function SessionExpiry() {
  const now = useNow(1_000);
  const { data: session, dataUpdatedAt } = useQuery(sessionQuery);
  const [warned, setWarned] = useState(false);
  const left = session ? sessionEndsAt(session, dataUpdatedAt) - now : Number.POSITIVE_INFINITY;
  const ended = left <= 0;
  const warns = left <= WARNING_MS && !ended;
  if (warns && !warned) setWarned(true);

  useEffect(() => {
    if (ended) reportSessionEnded();
  }, [ended]);

  return <Suspense>{warned && <SessionWarning open={warns} left={left} />}</Suspense>;
}
