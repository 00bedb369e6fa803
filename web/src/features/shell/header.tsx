import { Trans, useLingui } from "@lingui/react/macro";
import { Menu as MenuIcon, Search } from "lucide-react";
import { LanguageButton } from "@/components/layout/language-button";
import { OrionMark } from "@/components/layout/orion-mark";
import { Button } from "@/components/ui/button";
import { Kbd } from "@/components/ui/kbd";
import { OrganisationButton } from "@/features/organisations/organisation-button";
import { ThemeButton } from "@/features/session/theme-button";
import { isMac } from "@/lib/shortcuts";
import { AccountButton } from "./account-button";

interface HeaderProps {
  onOpenNavigation: () => void;
  onOpenPalette: () => void;
}

export function Header({ onOpenNavigation, onOpenPalette }: HeaderProps) {
  const { t } = useLingui();
  return (
    <header className="flex h-14 shrink-0 items-center gap-2 border-b px-3 sm:px-6">
      <Button
        variant="ghost"
        size="iconSmall"
        className="md:hidden"
        aria-label={t`Navigation`}
        onClick={onOpenNavigation}
      >
        <MenuIcon aria-hidden />
      </Button>
      <OrionMark className="size-6 md:hidden" />
      <button
        type="button"
        onClick={onOpenPalette}
        className="ml-auto flex h-8 items-center gap-2 rounded-md border bg-card px-2.5 text-[0.8125rem] text-muted-foreground shadow-xs transition-colors hover:bg-accent sm:w-64 md:mr-auto md:ml-0"
      >
        <Search aria-hidden className="size-4" />
        <span className="truncate max-sm:sr-only">
          <Trans>Go to or do…</Trans>
        </span>
        <Kbd className="ml-auto max-sm:hidden">{isMac ? "⌘ K" : t`Ctrl K`}</Kbd>
      </button>
      <OrganisationButton />
      <LanguageButton />
      <ThemeButton />
      <AccountButton />
    </header>
  );
}
