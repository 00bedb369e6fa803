import { Trans, useLingui } from "@lingui/react/macro";
import { getRouteApi, Link } from "@tanstack/react-router";
import { buttonVariants } from "@/components/ui/button";
import { EntryLayout } from "./entry-layout";
import { CheckedLink, Code, StaleLink, WhereSetupLinkIs } from "./one-time-link";
import { SetupForm } from "./setup-form";
import { useTokenFromLink } from "./token-from-link";

const route = getRouteApi("/setup");

export function SetupPage() {
  const { t } = useLingui();
  const { needs_setup: needsSetup } = route.useLoaderData();
  const token = useTokenFromLink("/setup");

  if (!needsSetup) {
    return (
      <EntryLayout
        title={t`ORION is set up`}
        description={t`The one-time link has done its work: there is an administrator.`}
      >
        <Link to="/sign-in" className={buttonVariants({ variant: "primary" })}>
          <Trans>Sign in</Trans>
        </Link>
      </EntryLayout>
    );
  }
  if (!token) {
    return (
      <EntryLayout
        title={t`Open the one-time link`}
        description={t`There is no administrator yet. ORION printed a link for making the first one when it started.`}
      >
        <WhereSetupLinkIs />
      </EntryLayout>
    );
  }
  return (
    <CheckedLink
      purpose="setup"
      token={token}
      title={t`Welcome to ORION`}
      description={t`Make the first administrator. You will be signed in at once.`}
      stale={<StaleSetupLink />}
    >
      <SetupForm token={token} />
    </CheckedLink>
  );
}

function StaleSetupLink() {
  const { t } = useLingui();
  return (
    <StaleLink description={t`A link is good for one day, and each start of ORION prints a new one that replaces it.`}>
      <li>
        <Trans>
          Start ORION again: stop <Code>orion up</Code> with Ctrl-C and run it once more.
        </Trans>
      </li>
      <li>
        <Trans>
          Open the whole address that ends in <Code>/setup#…</Code>, as it is printed then.
        </Trans>
      </li>
    </StaleLink>
  );
}
