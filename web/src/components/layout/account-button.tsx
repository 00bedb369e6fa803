import { lazy } from "react";
import { MenuButton } from "@/components/ui/menu-button";
import { useSession } from "@/features/session/session-life";

const AccountMenu = lazy(() => import("./account-menu"));

/** Up to two letters that stand for a person. */
function initials(name: string): string {
  const words = name.split(/[\s@._-]+/).filter(Boolean);
  return words
    .slice(0, 2)
    .map((word) => word.charAt(0).toUpperCase())
    .join("");
}

export function AccountButton() {
  const session = useSession();
  if (!session) return null;
  const name = session.display_name ?? session.email;
  return (
    <MenuButton
      menu={AccountMenu}
      aria-label={`Account of ${name}`}
      className="grid size-8 place-items-center rounded-full bg-primary text-xs font-semibold text-primary-foreground"
    >
      {initials(name)}
    </MenuButton>
  );
}
