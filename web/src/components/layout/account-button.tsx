import { useLingui } from "@lingui/react/macro";
import { MenuButton } from "@/components/ui/menu-button";
import { useSession } from "@/features/session/session-life";
import { initials } from "@/lib/initials";
import { lazyPart } from "@/lib/lazy-part";

const AccountMenu = lazyPart(() => import("./account-menu").then(({ AccountMenu }) => AccountMenu));

export function AccountButton() {
  const { t } = useLingui();
  const session = useSession();
  if (!session) return null;
  const name = session.display_name ?? session.email;
  const letters = initials(name);
  // The name begins with what is seen, so that it can be called by voice.
  return (
    <MenuButton
      menu={AccountMenu}
      aria-label={t`${letters}, account of ${name}`}
      className="grid size-8 place-items-center rounded-full bg-primary text-xs font-semibold text-primary-foreground"
    >
      {letters}
    </MenuButton>
  );
}
