import { useNavigate } from "@tanstack/react-router";
import { Keyboard, ListFilter, LogOut, type LucideIcon, UserSearch } from "lucide-react";
import { useSignOut } from "@/features/session/use-sign-out";
import { chooseTheme } from "@/lib/theme";
import { THEMES } from "./themes";
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
  const navigate = useNavigate();
  const signOut = useSignOut();
  const sections = useSections();
  return [
    ...sections.map(
      ({ path, title, icon, keywords, key }): Command => ({
        label: title,
        icon,
        keywords,
        shortcut: ["G", key.toUpperCase()],
        run: () => void navigate({ to: path }),
      }),
    ),
    ...THEMES.map(
      ({ theme, label, icon }): Command => ({
        label: `${label} theme`,
        icon,
        keywords: "appearance colours mode switch",
        run: () => chooseTheme(theme),
      }),
    ),
    {
      label: "Keyboard shortcuts",
      icon: Keyboard,
      keywords: "keys help",
      shortcut: ["?"],
      run: showShortcuts,
    },
    { label: "Sign out", icon: LogOut, keywords: "log out leave end session", run: () => void signOut() },
  ];
}

/** What looks for something on the pages that whoever is signed in may see. */
export function useSearches(): (typed: string) => Command[] {
  const navigate = useNavigate();
  const paths = useSections().map(({ path }) => path);
  return (typed) => {
    const searches: Command[] = [];
    if (paths.includes("/users")) {
      searches.push({
        label: `Search users for “${typed}”`,
        icon: UserSearch,
        keywords: "",
        run: () => void navigate({ to: "/users", search: { search: typed } }),
      });
    }
    if (paths.includes("/events")) {
      searches.push({
        label: `Search live events for “${typed}”`,
        icon: ListFilter,
        keywords: "",
        run: () => void navigate({ to: "/events", search: { search: typed } }),
      });
    }
    return searches;
  };
}
