import { useLingui } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import { Keyboard, Languages, ListFilter, LogOut, type LucideIcon, ShieldCheck, UserSearch } from "lucide-react";
import { THEMES } from "@/components/layout/themes";
import { useChooseLanguage } from "@/components/layout/use-choose-language";
import { useChooseTheme } from "@/features/session/use-choose-theme";
import { useSignOut } from "@/features/session/use-sign-out";
import { LANGUAGES, languageName } from "@/lib/language";
import { useSections } from "./use-sections";

export interface Command {
  label: string;
  icon: LucideIcon;
  /** Words besides the label that find it. */
  keywords: string;
  shortcut?: string[];
  run: () => void;
}

/** The commands of whose label and keywords a word begins with each word typed; labels that begin with it come first. */
export function matchingCommands(commands: readonly Command[], typed: string): Command[] {
  const text = typed.trim().toLowerCase();
  const words = text.split(/\s+/).filter(Boolean);
  const begins = ({ label }: Command) => (text !== "" && label.toLowerCase().startsWith(text) ? 0 : 1);
  return commands
    .filter(({ label, keywords }) => {
      const searched = `${label} ${keywords}`.toLowerCase().split(/\s+/);
      return words.every((word) => searched.some((own) => own.startsWith(word)));
    })
    .sort((one, other) => begins(one) - begins(other));
}

/** Everything that the palette offers to whoever is signed in. */
export function useCommands(showShortcuts: () => void): Command[] {
  const { t } = useLingui();
  const navigate = useNavigate();
  const signOut = useSignOut();
  const chooseLanguage = useChooseLanguage();
  const chooseTheme = useChooseTheme();
  const sections = useSections();
  return [
    ...sections.map(
      ({ path, title, icon, keywords, key }): Command => ({
        label: t(title),
        icon,
        keywords: t(keywords),
        shortcut: ["G", key.toUpperCase()],
        run: () => void navigate({ to: path }),
      }),
    ),
    ...THEMES.map(
      ({ theme, command, icon }): Command => ({
        label: t(command),
        icon,
        keywords: t`appearance colours mode switch`,
        run: () => chooseTheme(theme),
      }),
    ),
    ...LANGUAGES.map(
      (language): Command => ({
        label: languageName(language),
        icon: Languages,
        // Also in English, for whoever cannot read the language that the page speaks.
        keywords: `language ${t`language switch translation`} ${language}`,
        run: () => void chooseLanguage(language),
      }),
    ),
    {
      label: t`Your security`,
      icon: ShieldCheck,
      keywords: t`account second factor authenticator backup codes`,
      run: () => void navigate({ to: "/account" }),
    },
    {
      label: t`Keyboard shortcuts`,
      icon: Keyboard,
      keywords: t`keys help`,
      shortcut: ["?"],
      run: showShortcuts,
    },
    { label: t`Sign out`, icon: LogOut, keywords: t`log out leave end session`, run: () => void signOut() },
  ];
}

/** What looks for something on the pages that whoever is signed in may see. */
export function useSearches(): (typed: string) => Command[] {
  const { t } = useLingui();
  const navigate = useNavigate();
  const paths = useSections().map(({ path }) => path);
  return (typed) => {
    const searches: Command[] = [];
    if (paths.includes("/users")) {
      searches.push({
        label: t`Search users for “${typed}”`,
        icon: UserSearch,
        keywords: "",
        run: () => void navigate({ to: "/users", search: { search: typed } }),
      });
    }
    if (paths.includes("/events")) {
      searches.push({
        label: t`Search live events for “${typed}”`,
        icon: ListFilter,
        keywords: "",
        run: () => void navigate({ to: "/events", search: { search: typed } }),
      });
    }
    return searches;
  };
}
