import { Trans, useLingui } from "@lingui/react/macro";
import { getRouteApi, Link } from "@tanstack/react-router";
import { buttonVariants } from "@/components/ui/button";
import { EntryLayout } from "./entry-layout";
import { CheckedLink, Code, StaleLink, WhereSetupLinkIs } from "./one-time-link";
import { ResetForm } from "./reset-form";
import { useTokenFromLink } from "./token-from-link";

const route = getRouteApi("/reset");

/** Where the link of `orion admin reset` leads: an administrator chooses a new password. */
export function ResetPage() {
  const { t } = useLingui();
  const { needs_setup: needsSetup } = route.useLoaderData();
  const token = useTokenFromLink("/reset");

  if (!token && needsSetup) {
    return (
      <EntryLayout
        title={t`There is no administrator yet`}
        description={t`So there is no password to change. ORION printed a link for making the first one when it started.`}
      >
        <WhereSetupLinkIs />
      </EntryLayout>
    );
  }
  if (!token) {
    return (
      <EntryLayout
        title={t`Open the whole link`}
        description={t`The link of orion admin reset ends in /reset#…; open all of it, or make another on the machine.`}
      >
        <Link to="/sign-in" className={buttonVariants({ variant: "primary" })}>
          <Trans>Sign in</Trans>
        </Link>
      </EntryLayout>
    );
  }
  return (
    <CheckedLink
      purpose="reset"
      token={token}
      title={t`Choose a new password`}
      description={t`It takes the place of the old one, and ends all of your sessions. You will be signed in at once.`}
      stale={<StaleResetLink />}
    >
      <ResetForm token={token} />
    </CheckedLink>
  );
}

function StaleResetLink() {
  const { t } = useLingui();
  return (
    <StaleLink description={t`A link is good once and for one hour, and a newer one replaces it.`}>
      <li>
        <Trans>
          On the machine, stop <Code>orion up</Code> with Ctrl-C.
        </Trans>
      </li>
      <li>
        <Trans>
          Run <Code>orion admin reset EMAIL</Code>, then start ORION again.
        </Trans>
      </li>
      <li>
        <Trans>
          Open the whole address that ends in <Code>/reset#…</Code>, as it was printed.
        </Trans>
      </li>
    </StaleLink>
  );
}
