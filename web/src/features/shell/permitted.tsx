import { Trans, useLingui } from "@lingui/react/macro";
import { Link, Outlet, useMatches } from "@tanstack/react-router";
import { Lock } from "lucide-react";
import { EmptyState } from "@/components/state/empty-state";
import { buttonVariants } from "@/components/ui/button";
import { ActForButton } from "@/features/organisations/organisation-button";
import { useSession } from "@/features/session/session-life";
import { maySee } from "@/lib/permissions";
import { useSections } from "./use-sections";

/** Whose page an address is, where it is an organisation's. */
const organisationOf = (params: object) => ("organisationId" in params ? String(params.organisationId) : undefined);

/** The page, for those who hold what its route needs. The server refuses the data to everybody else all the same. */
export function PermittedOutlet() {
  const { t } = useLingui();
  const session = useSession();
  const refused = useMatches({
    select: (matches) =>
      matches.find(({ staticData, params }) => !maySee(session, staticData, organisationOf(params)))?.staticData,
  });
  if (!refused) return <Outlet />;
  const missing = refused.permission;
  return (
    <EmptyState icon={Lock} heading="h1" title={t`You may not see this page`} action={<WaysOn />}>
      {session?.acting ? (
        <Trans>
          It needs the permission <code className="font-mono text-xs">{missing}</code>. While you act as another user,
          you see what both of you may.
        </Trans>
      ) : refused.inside ? (
        <Trans>
          It needs the permission <code className="font-mono text-xs">{missing}</code>, for the platform or inside the
          organisation for which you act.
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

/** Where whoever is refused goes on: to see more as a member of an organisation, or to what they may see; that is their account at least. */
function WaysOn() {
  const { t } = useLingui();
  const [first] = useSections();
  const title = first && t(first.title);
  return (
    <div className="flex flex-wrap justify-center gap-2">
      <ActForButton />
      <Link to={first?.path ?? "/account"} className={buttonVariants()}>
        {title === undefined ? t`Go to your account` : t`Go to: ${title}`}
      </Link>
    </div>
  );
}
