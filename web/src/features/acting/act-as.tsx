import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { User } from "@/api/schema";
import { Button } from "@/components/ui/button";
import { userName } from "@/features/directory/user-texts";
import { beginActing } from "@/features/session/session";
import { changeActor, useSession } from "@/features/session/session-life";
import { holds } from "@/lib/permissions";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { tellOfActor } from "./tell-of-actor";

/** Begins to act as a user, for who may, and of whom it can be done: who is active, and neither a program nor oneself. */
export function ActAs({ user }: { user: User }) {
  const { t } = useLingui();
  const session = useSession();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const isPossible = user.status === "active" && user.id !== session?.user_id && !session?.acting;
  if (!isPossible || !holds(session?.permissions ?? [], "users.impersonate")) return null;
  const name = userName(user);
  const begin = async (reason: string) => {
    const begun = await beginActing(user.id, reason);
    changeActor(queryClient, begun);
    tellOfActor(begun);
    await navigate({ to: "/", ignoreBlocker: true });
  };
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>
        <Trans>Act as this user…</Trans>
      </Button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={t`Act as ${name}?`}
        action={t`Act as this user`}
        leastReason={5}
        run={({ reason }) => begin(reason)}
        returnFocus={() => false}
      >
        <Trans>
          For a while, which a banner then counts down, you see and do what both of you may. They are told by mail who
          it is and why, and can end it. All that you change stands in the audit log as theirs, done by you. Passwords,
          second factors and all that needs a fresh sign-in stay out of reach.
        </Trans>
      </ConfirmDialog>
    </>
  );
}
