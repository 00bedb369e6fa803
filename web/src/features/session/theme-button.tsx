import { useLingui } from "@lingui/react/macro";
import { Moon, Sun } from "lucide-react";
import { buttonVariants } from "@/components/ui/button";
import { MenuButton } from "@/components/ui/menu-button";
import { lazyPart } from "@/lib/lazy-part";

const ThemeMenu = lazyPart(() => import("./theme-menu").then(({ ThemeMenu }) => ThemeMenu));

export function ThemeButton() {
  const { t } = useLingui();
  return (
    <MenuButton
      menu={ThemeMenu}
      aria-label={t`Theme`}
      className={buttonVariants({ variant: "ghost", size: "iconSmall" })}
    >
      <Sun aria-hidden className="dark:hidden" />
      <Moon aria-hidden className="hidden dark:block" />
    </MenuButton>
  );
}
