import { useLingui } from "@lingui/react/macro";
import { PAGE_BOX, PageHeader } from "@/components/layout/page-header";
import { InPersonNote } from "@/features/acting/in-person-note";
import { OwnApiKeys } from "@/features/api-keys/own-api-keys";
import { OwnInvitations } from "@/features/organisations/own-invitations";
import { OwnOrganisations } from "@/features/organisations/own-organisations";
import { useSession } from "@/features/session/session-life";
import { cn } from "@/lib/cn";
import { LinkedAccounts } from "./linked-accounts";
import { OwnEmail } from "./own-email";
import { OwnPassword } from "./own-password";
import { OwnPicture } from "./own-picture";
import { OwnPreferences } from "./own-preferences";
import { OwnSessions } from "./own-sessions";
import { Passkeys } from "./passkeys";
import { SecondFactor } from "./second-factor";

/** By what whoever is signed in proves who they are. */
export function AccountPage() {
  const { t } = useLingui();
  const session = useSession();
  const acts = Boolean(session?.acting);
  return (
    <div className={cn(PAGE_BOX, "flex flex-col gap-4")}>
      <PageHeader title={t`Your security`} description={session?.email} />
      <OwnInvitations mayOrder={!acts} />
      <OwnPicture />
      {acts ? (
        <InPersonNote />
      ) : (
        <>
          <OwnPreferences />
          <OwnEmail />
          <OwnPassword />
          <SecondFactor />
          <Passkeys />
          <LinkedAccounts />
        </>
      )}
      <OwnOrganisations mayOrder={!acts} />
      <OwnApiKeys />
      <OwnSessions mayOrder={!acts} />
    </div>
  );
}
