import { plural } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { notify } from "@/lib/notify";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { endSessions, sessionsQuery, type Whose } from "./queries";
import { useRefreshed } from "./refreshed";

/** Ends all sessions of a user, or all of one's own but this page's; nothing where there is none to end. */
export function EndAllSessions({ whose }: { whose: Whose }) {
  const { t } = useLingui();
  const refreshed = useRefreshed(whose);
  const [open, setOpen] = useState(false);
  const { data } = useQuery(sessionsQuery(whose));
  const isOwn = whose === undefined;
  if (!data?.items.some((session) => !session.is_current)) return null;
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>
        {isOwn ? <Trans>End all others…</Trans> : <Trans>End all…</Trans>}
      </Button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={isOwn ? t`End all other sessions?` : t`End all sessions?`}
        action={isOwn ? t`End all others` : t`End all`}
        tone="danger"
        run={async () => {
          const ended = await endSessions(whose);
          notify({
            type: "success",
            title: t`${plural(ended, { one: "# session has ended", other: "# sessions have ended" })}`,
          });
          await refreshed();
        }}
      >
        {isOwn ? (
          <Trans>Everything but this page is signed out at once.</Trans>
        ) : (
          <Trans>They are signed out everywhere at once, and may sign in again.</Trans>
        )}
      </ConfirmDialog>
    </>
  );
}
