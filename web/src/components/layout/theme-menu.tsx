import { type LucideIcon, Monitor, Moon, Sun } from "lucide-react";
import { buttonVariants } from "@/components/ui/button";
import { Menu, MenuContent, MenuRadioGroup, MenuRadioItem, MenuTrigger } from "@/components/ui/menu";
import { chooseTheme, type Theme, useTheme } from "@/lib/theme";

export const THEMES: readonly { theme: Theme; label: string; icon: LucideIcon }[] = [
  { theme: "light", label: "Light", icon: Sun },
  { theme: "dark", label: "Dark", icon: Moon },
  { theme: "system", label: "System", icon: Monitor },
];

export function ThemeMenu() {
  const theme = useTheme();
  return (
    <Menu>
      <MenuTrigger aria-label="Theme" className={buttonVariants({ variant: "ghost", size: "iconSmall" })}>
        <Sun aria-hidden className="dark:hidden" />
        <Moon aria-hidden className="hidden dark:block" />
      </MenuTrigger>
      <MenuContent className="min-w-36">
        <MenuRadioGroup value={theme} onValueChange={(value: Theme) => chooseTheme(value)}>
          {THEMES.map(({ theme: value, label, icon: Icon }) => (
            <MenuRadioItem key={value} value={value}>
              <Icon aria-hidden />
              {label}
            </MenuRadioItem>
          ))}
        </MenuRadioGroup>
      </MenuContent>
    </Menu>
  );
}
