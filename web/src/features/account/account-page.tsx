import { useLingui } from "@lingui/react/macro";
import { PAGE_BOX, PageHeader } from "@/components/layout/page-header";
import { OwnApiKeys } from "@/features/api-keys/own-api-keys";
import { useSession } from "@/features/session/session-life";
import { cn } from "@/lib/cn";
import { LinkedAccounts } from "./linked-accounts";
import { OwnEmail } from "./own-email";
import { OwnPassword } from "./own-password";
import { OwnSessions } from "./own-sessions";
import { Passkeys } from "./passkeys";
import { SecondFactor } from "./second-factor";

/** By what whoever is signed in proves who they are. */
export function AccountPage() {
  const { t } = useLingui();
  return (
    <div className={cn(PAGE_BOX, "flex flex-col gap-4")}>
      <PageHeader title={t`Your security`} description={useSession()?.email} />
      <OwnEmail />
      <OwnPassword />
      <SecondFactor />
      <Passkeys />
      <LinkedAccounts />
      <OwnApiKeys />
      <OwnSessions />
    </div>
  );
}
