import { useLingui } from "@lingui/react/macro";
import { useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { bring } from "@/lib/step-up-window";
import { EntryLayout } from "./entry-layout";

/** Where a provider leads back to, in a window of its own: says what it brought to the page that waits, and closes. */
export function StepUpPage() {
  const { t } = useLingui();
  const router = useRouter();
  const [search] = useState(() => window.location.search);
  useEffect(() => {
    if (!search) return;
    bring(search);
    // The code leaves the address bar and the history.
    router.history.replace("/step-up");
    window.close();
  }, [search, router]);
  return (
    <EntryLayout
      title={t`You can close this window`}
      description={t`The console goes on where you left it, in the window that you came from.`}
    >
      {null}
    </EntryLayout>
  );
}
