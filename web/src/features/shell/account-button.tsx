import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Avatar } from "@/components/ui/avatar";
import { MenuButton } from "@/components/ui/menu-button";
import { ownProfileQuery } from "@/features/account/own-profile";
import { useSession } from "@/features/session/session-life";
import { initials } from "@/lib/initials";
import { lazyPart } from "@/lib/lazy-part";

const AccountMenu = lazyPart(() => import("./account-menu").then(({ AccountMenu }) => AccountMenu));

/** Whose account it is, by their picture or their initials; opens what concerns it. */
export function AccountButton() {
  const { t } = useLingui();
  const session = useSession();
  const picture = useQuery({ ...ownProfileQuery, enabled: session !== null }).data?.avatar_url;
  if (!session) return null;
  const name = session.display_name ?? session.email;
  const letters = initials(name);
  // The name begins with what is seen, so that it can be called by voice.
  return (
    <MenuButton menu={AccountMenu} aria-label={t`${letters}, account of ${name}`} className="grid rounded-full">
      <Avatar name={name} url={picture} className="size-8 border-0 bg-primary text-xs text-primary-foreground" />
    </MenuButton>
  );
}
