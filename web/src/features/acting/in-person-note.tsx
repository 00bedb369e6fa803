import { Trans } from "@lingui/react/macro";
import { UserRoundCheck } from "lucide-react";
import { Card } from "@/components/ui/card";
import { useSession } from "@/features/session/session-life";

/** Says on a page what whoever acts as its user cannot do. */
export function InPersonNote() {
  const session = useSession();
  if (!session?.acting) return null;
  const whom = session.display_name ?? session.email;
  return (
    <Card className="flex max-w-2xl items-start gap-3 p-4">
      <UserRoundCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-muted-foreground" />
      <p className="min-w-0 break-words">
        <Trans>
          Only <bdi>{whom}</bdi> can change how they sign in, and end other sessions. While you act as them you look at
          it.
        </Trans>
      </p>
    </Card>
  );
}
