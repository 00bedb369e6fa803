import { useLingui } from "@lingui/react/macro";
import { THEMES } from "@/components/layout/themes";
import { Menu, MenuRadioGroup, MenuRadioItem } from "@/components/ui/menu";
import type { MenuProps } from "@/components/ui/menu-button";
import { type Theme, useTheme } from "@/lib/theme";
import { useChooseTheme } from "./use-choose-theme";

export function ThemeMenu(props: MenuProps) {
  const { t } = useLingui();
  const theme = useTheme();
  const chooseTheme = useChooseTheme();
  return (
    <Menu {...props} label={t`Theme`} className="min-w-36">
      <MenuRadioGroup value={theme} onValueChange={(value: Theme) => chooseTheme(value)}>
        {THEMES.map(({ theme: value, label, icon: Icon }) => (
          <MenuRadioItem key={value} value={value}>
            <Icon aria-hidden />
            {t(label)}
          </MenuRadioItem>
        ))}
      </MenuRadioGroup>
    </Menu>
  );
}
