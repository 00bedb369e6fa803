import { useNavigate } from "@tanstack/react-router";
import { Keyboard, LogOut, type LucideIcon } from "lucide-react";
import { useSignOut } from "@/features/session/use-sign-out";
import { chooseTheme } from "@/lib/theme";
import { useSections } from "./navigation";
import { THEMES } from "./themes";

export interface Command {
  label: string;
  icon: LucideIcon;
  /** Words besides the label that find it. */
  keywords: string;
  shortcut?: string[];
  run: () => void;
}

/** The commands whose label or keywords hold every word typed; those whose label begins with it come first. */
export function matchingCommands(commands: readonly Command[], typed: string): Command[] {
  const text = typed.trim().toLowerCase();
  const words = text.split(/\s+/).filter(Boolean);
  const begins = ({ label }: Command) => (text !== "" && label.toLowerCase().startsWith(text) ? 0 : 1);
  return commands
    .filter(({ label, keywords }) => {
      const searched = `${label} ${keywords}`.toLowerCase();
      return words.every((word) => searched.includes(word));
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
      ({ path, label, icon, keywords, key }): Command => ({
        label,
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
