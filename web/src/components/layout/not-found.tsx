import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { Telescope } from "lucide-react";
import { EmptyState } from "@/components/state/empty-state";
import { buttonVariants } from "@/components/ui/button";
import { usePageTitle } from "./page-header";

export function NotFound() {
  const { t } = useLingui();
  usePageTitle(t`Not found`);
  return (
    <EmptyState
      icon={Telescope}
      heading="h1"
      title={t`There is nothing at this address`}
      action={
        <Link to="/" className={buttonVariants()}>
          <Trans>Go to the overview</Trans>
        </Link>
      }
    >
      <Trans>The link may be old, or a letter of it may be missing.</Trans>
    </EmptyState>
  );
}
