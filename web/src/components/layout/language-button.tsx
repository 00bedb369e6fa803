import { useLingui } from "@lingui/react/macro";
import { Languages } from "lucide-react";
import { buttonVariants } from "@/components/ui/button";
import { MenuButton } from "@/components/ui/menu-button";
import { lazyPart } from "@/lib/lazy-part";

const LanguageMenu = lazyPart(() => import("./language-menu").then(({ LanguageMenu }) => LanguageMenu));

export function LanguageButton() {
  const { t } = useLingui();
  return (
    <MenuButton
      menu={LanguageMenu}
      aria-label={t`Language`}
      className={buttonVariants({ variant: "ghost", size: "iconSmall" })}
    >
      <Languages aria-hidden />
    </MenuButton>
  );
}
