import { type LucideIcon, Monitor, Moon, Sun } from "lucide-react";
import type { Theme } from "@/lib/theme";

/** The themes as they are offered. */
export const THEMES: readonly { theme: Theme; label: string; icon: LucideIcon }[] = [
  { theme: "light", label: "Light", icon: Sun },
  { theme: "dark", label: "Dark", icon: Moon },
  { theme: "system", label: "System", icon: Monitor },
];
