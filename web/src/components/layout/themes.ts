import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { type LucideIcon, Monitor, Moon, Sun } from "lucide-react";
import type { Theme } from "@/lib/theme";

interface ThemeChoice {
  theme: Theme;
  label: MessageDescriptor;
  /** What the command palette calls it. */
  command: MessageDescriptor;
  icon: LucideIcon;
}

/** The themes as they are offered. */
export const THEMES: readonly ThemeChoice[] = [
  { theme: "light", label: msg`Light`, command: msg`Light theme`, icon: Sun },
  { theme: "dark", label: msg`Dark`, command: msg`Dark theme`, icon: Moon },
  { theme: "system", label: msg`System`, command: msg`System theme`, icon: Monitor },
];
