import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { type ApiError, asApiError } from "@/api/problem";
import type { ConsoleFlow } from "@/api/schema";
import { onStepUp } from "@/api/step-up";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/skeleton";
import { sessionQuery } from "./queries";
import { beginStepUp } from "./session";
import { SignInSteps } from "./sign-in-steps";

/** Asks somebody who signed in a while ago to prove who they are, when a call needs that; the call is then made again by itself. */
export function StepUpDialog() {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const [open, setOpen] = useState(false);
  const [flow, setFlow] = useState<ConsoleFlow | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const answer = useRef<(done: boolean) => void>(undefined);

  const begin = () => {
    setFlow(null);
    setError(null);
    beginStepUp().then(setFlow, (thrown: unknown) => setError(asApiError(thrown)));
  };
  const end = (done: boolean) => {
    setOpen(false);
    answer.current?.(done);
    answer.current = undefined;
    if (done) void queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey });
  };
  const ask = useRef(() => Promise.resolve(false));
  ask.current = () =>
    new Promise<boolean>((resolve) => {
      answer.current = resolve;
      setOpen(true);
      begin();
    });
  useEffect(() => onStepUp(() => ask.current()), []);

  const cancel = <Button onClick={() => end(false)}>{t`Cancel`}</Button>;
  const again = (
    <div className="mt-4 flex justify-end gap-2">
      {cancel}
      <Button variant="primary" onClick={begin}>{t`Begin again`}</Button>
    </div>
  );
  return (
    <Dialog open={open} onOpenChange={(next) => !next && end(false)}>
      <DialogContent>
        <DialogTitle>{t`Is it you?`}</DialogTitle>
        <DialogDescription>
          <Trans>You signed in a while ago. Prove once more who you are, and what you wanted is done at once.</Trans>
        </DialogDescription>
        <div className="mt-4">
          {error ? (
            <>
              <ProblemNotice error={error} fields={[]} />
              {again}
            </>
          ) : flow ? (
            <SignInSteps key={flow.next} flow={flow} onDone={() => end(true)} over={again} beside={cancel} />
          ) : (
            <Skeleton className="h-24" />
          )}
        </div>
      </DialogContent>
    </Dialog>
  );
}
