import type { ErrorComponentProps } from "@tanstack/react-router";
import { useRouter } from "@tanstack/react-router";
import { useEffect, useEffectEvent, useState } from "react";
import { contact } from "@/api/contact";
import { onContactReturned } from "@/api/contact-return";
import { ErrorState } from "@/components/state/error-state";
import { fetchParts, isMissingPart } from "@/lib/lazy-part";
import { loadPageAgain } from "@/lib/page";

/** A page that could not be shown at all. It tries again by itself once a server that was lost is back. */
export function PageError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const [busy, setBusy] = useState(false);
  const retry = async () => {
    setBusy(true);
    if (isMissingPart(error)) {
      await fetchParts();
      await contact.ask();
    }
    setBusy(false);
    reset();
    await router.invalidate();
  };
  const retryOnReturn = useEffectEvent(() => void retry());
  useEffect(() => onContactReturned(retryOnReturn), []);
  const answers = contact.view().lostSince === null;
  return (
    <ErrorState
      error={error}
      heading="h1"
      retry={() => void retry()}
      busy={busy}
      // With a server that answers, code that is missing belongs to an older version of the console.
      {...(isMissingPart(error) && answers && { reload: loadPageAgain })}
    />
  );
}

/** The same where no shell surrounds the page, as when the server does not answer at all. */
export function BarePageError(props: ErrorComponentProps) {
  return (
    <main className="grid min-h-dvh place-items-center">
      <PageError {...props} />
    </main>
  );
}
