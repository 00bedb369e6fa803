import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import type { Session, SessionActor } from "@/api/schema";
import { Button } from "@/components/ui/button";
import { useFormat } from "@/lib/format";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { Listed, Row } from "./listed";
import { endSession, sessionsQuery, type Whose } from "./queries";
import { useRefreshed } from "./refreshed";

interface SessionListProps {
  whose: Whose;
  /** Whether the reader may end what is shown. */
  mayEnd: boolean;
}

/** Where somebody is signed in. One's own session of this page is ended by signing out. */
export function SessionList({ whose, mayEnd }: SessionListProps) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const refreshed = useRefreshed(whose);
  const [asked, setAsked] = useState<Session | null>(null);
  const query = useQuery(sessionsQuery(whose));
  const actorText = ({ email, user_id, reason }: SessionActor) => {
    const who = email ?? user_id;
    return t`${who} acts as this user: ${reason}`;
  };
  const facts = (session: Session) => [
    ...(session.ip_address ? [session.ip_address] : []),
    // Whoever acts as somebody has proven themselves by what is theirs.
    ...(session.actor ? [] : [session.acr === "aal2" ? t`two factors` : t`one factor`]),
    t`begun ${formatDateTime(session.started_at)}`,
    t`used ${formatDateTime(session.last_used_at)}`,
    ...(session.actor ? [actorText(session.actor)] : []),
  ];
  return (
    <>
      <Listed query={query} loading={t`Loading the sessions`} none={<Trans>Signed in nowhere.</Trans>}>
        {(sessions) =>
          sessions.map((session) => (
            <Row
              key={session.id}
              icon={KeyRound}
              name={session.device}
              isCurrent={session.is_current}
              facts={facts(session)}
              actions={
                mayEnd &&
                !session.is_current && (
                  <Button
                    size="small"
                    aria-label={t`End the session on ${session.device}`}
                    onClick={() => setAsked(session)}
                  >
                    <Trans>End…</Trans>
                  </Button>
                )
              }
            />
          ))
        }
      </Listed>
      <ConfirmDialog
        open={asked !== null}
        onOpenChange={(open) => !open && setAsked(null)}
        title={t`End the session on ${asked?.device ?? ""}?`}
        action={t`End it`}
        tone="danger"
        run={async () => {
          if (asked) await endSession(whose, asked.id);
          await refreshed();
        }}
      >
        <Trans>Whoever uses it is signed out at once.</Trans>
      </ConfirmDialog>
    </>
  );
}
