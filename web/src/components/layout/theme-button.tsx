import { Moon, Sun } from "lucide-react";
import { lazy } from "react";
import { buttonVariants } from "@/components/ui/button";
import { MenuButton } from "@/components/ui/menu-button";

const ThemeMenu = lazy(() => import("./theme-menu"));

export function ThemeButton() {
  return (
    <MenuButton menu={ThemeMenu} aria-label="Theme" className={buttonVariants({ variant: "ghost", size: "iconSmall" })}>
      <Sun aria-hidden className="dark:hidden" />
      <Moon aria-hidden className="hidden dark:block" />
    </MenuButton>
  );
}
