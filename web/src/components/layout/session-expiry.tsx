import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { reportSessionEnded } from "@/api/client";
import { sessionQuery } from "@/api/queries";
import { sessionEndsAt } from "@/api/session";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { useSignOut } from "@/features/session/use-sign-out";
import { useNow } from "@/lib/use-now";

/** How long before its end a session warns. */
const WARNING_MS = 2 * 60_000;

/** Warns before the session ends, and leaves the page when it has. */
export function SessionExpiry() {
  const now = useNow(1_000);
  const queryClient = useQueryClient();
  const { data: session, dataUpdatedAt } = useQuery(sessionQuery);
  const signOut = useSignOut();
  const [busy, setBusy] = useState(false);
  const left = session ? sessionEndsAt(session, dataUpdatedAt) - now : Number.POSITIVE_INFINITY;
  const ended = left <= 0;

  useEffect(() => {
    if (ended) reportSessionEnded();
  }, [ended]);

  const staySignedIn = async () => {
    setBusy(true);
    await queryClient.refetchQueries({ queryKey: sessionQuery.queryKey });
    setBusy(false);
  };

  return (
    <Dialog open={left <= WARNING_MS && !ended}>
      <DialogContent role="alertdialog">
        <DialogTitle>Are you still there?</DialogTitle>
        <DialogDescription>
          For safety you will be signed out in <span className="font-medium tabular-nums">{countdown(left)}</span>. What
          is open on this page stays in your browser.
        </DialogDescription>
        <div className="mt-5 flex justify-end gap-2">
          <Button onClick={signOut}>Sign out</Button>
          <Button variant="primary" busy={busy} onClick={staySignedIn}>
            Stay signed in
          </Button>
        </div>
      </DialogContent>
    </Dialog>
  );
}

function countdown(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
