import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { PAGE_BOX, PageHeader } from "@/components/layout/page-header";
import { buttonVariants } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { useSession } from "@/features/session/session-life";
import { cn } from "@/lib/cn";
import { holds } from "@/lib/permissions";
import { ApiKeyList } from "./api-key-list";

/** The API keys of everybody. */
export function ApiKeysPage() {
  const { t } = useLingui();
  const mayRevoke = holds(useSession()?.permissions ?? [], "api-keys.revoke");
  return (
    <div className={cn(PAGE_BOX, "flex flex-col gap-4")}>
      <PageHeader
        title={t`API keys`}
        description={t`What programs call with. Each acts as its owner, within its limits.`}
        actions={
          <Link to="/account" className={buttonVariants({ size: "small" })}>
            <Trans>Your own keys</Trans>
          </Link>
        }
      />
      <Card className="overflow-hidden">
        <ApiKeyList whose="everybody" mayRevoke={mayRevoke} none={<Trans>Nobody has an API key yet.</Trans>} />
      </Card>
    </div>
  );
}
