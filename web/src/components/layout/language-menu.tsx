import { useLingui } from "@lingui/react/macro";
import { Menu, MenuRadioGroup, MenuRadioItem } from "@/components/ui/menu";
import type { MenuProps } from "@/components/ui/menu-button";
import { LANGUAGES, languageName } from "@/lib/language";
import { useChooseLanguage } from "./use-choose-language";

/** The languages, each by its own name, for whoever cannot read the one that the page speaks. */
export function LanguageMenu(props: MenuProps) {
  const { t, i18n } = useLingui();
  const choose = useChooseLanguage();
  return (
    <Menu {...props} label={t`Language`} className="min-w-36">
      <MenuRadioGroup value={i18n.locale} onValueChange={(language: string) => void choose(language)}>
        {LANGUAGES.map((language) => (
          <MenuRadioItem key={language} value={language} lang={language}>
            {languageName(language)}
          </MenuRadioItem>
        ))}
      </MenuRadioGroup>
    </Menu>
  );
}
