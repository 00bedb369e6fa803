import { Trans } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { sessionQuery } from "@/features/session/queries";
import { useSignOut } from "@/features/session/use-sign-out";

/** Asks whether to stay signed in. @param left ms until the session ends */
export function SessionWarning({ open, left }: { open: boolean; left: number }) {
  const queryClient = useQueryClient();
  const signOut = useSignOut();
  const stay = useRef<HTMLButtonElement>(null);
  const [busy, setBusy] = useState(false);
  const staySignedIn = async () => {
    setBusy(true);
    await queryClient.refetchQueries({ queryKey: sessionQuery.queryKey });
    setBusy(false);
  };
  const time = countdown(left);
  return (
    <Dialog open={open}>
      <DialogContent role="alertdialog" initialFocus={stay}>
        <DialogTitle>
          <Trans>Are you still there?</Trans>
        </DialogTitle>
        <DialogDescription>
          <Trans>
            For safety you will be signed out in <span className="font-medium tabular-nums">{time}</span>. Signing in
            again brings you back to this page.
          </Trans>
        </DialogDescription>
        <div className="mt-5 flex flex-wrap justify-end gap-2">
          <Button onClick={signOut}>
            <Trans>Sign out</Trans>
          </Button>
          <Button ref={stay} variant="primary" busy={busy} onClick={staySignedIn}>
            <Trans>Stay signed in</Trans>
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
