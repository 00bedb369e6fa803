import { Trans, useLingui } from "@lingui/react/macro";
import { Outlet, useMatches } from "@tanstack/react-router";
import { Lock } from "lucide-react";
import { EmptyState } from "@/components/state/empty-state";
import { useSession } from "@/features/session/session-life";
import { holds } from "@/lib/permissions";

/** The page, for those who hold what its route needs. The server refuses the data to everybody else all the same. */
export function PermittedOutlet() {
  const { t } = useLingui();
  const session = useSession();
  const held = session?.permissions ?? [];
  const missing = useMatches({
    select: (matches) => matches.map(({ staticData }) => staticData.permission).find((name) => !holds(held, name)),
  });
  if (missing === undefined) return <Outlet />;
  return (
    <EmptyState icon={Lock} heading="h1" title={t`You may not see this page`}>
      {session?.acting ? (
        <Trans>
          It needs the permission <code className="font-mono text-xs">{missing}</code>. While you act as another user,
          you see what both of you may.
        </Trans>
      ) : (
        <Trans>
          It needs the permission <code className="font-mono text-xs">{missing}</code>. Somebody who may assign roles
          can give it to you.
        </Trans>
      )}
    </EmptyState>
  );
}
