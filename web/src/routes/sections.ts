import { Activity, LayoutGrid, type LucideIcon, Mails, Users } from "lucide-react";
import type { PermissionName } from "@/lib/permissions";

/** One screen of the console, as the navigation, the command palette and the shortcuts offer it. */
export interface Section {
  path: "/" | "/events" | "/mails" | "/users";
  label: string;
  icon: LucideIcon;
  group: "Platform" | "People";
  /** What is needed to see it; what somebody may not do is not offered. */
  permission: PermissionName;
  /** Pressed after `g`. */
  key: string;
  /** Other words that find it in the command palette. */
  keywords: string;
}

export const SECTIONS: readonly Section[] = [
  {
    path: "/",
    label: "Overview",
    icon: LayoutGrid,
    group: "Platform",
    permission: "health.read",
    key: "o",
    keywords: "health status services home",
  },
  {
    path: "/events",
    label: "Events",
    icon: Activity,
    group: "Platform",
    permission: "events.read",
    key: "e",
    keywords: "live stream tail log",
  },
  {
    path: "/users",
    label: "Users",
    icon: Users,
    group: "People",
    permission: "users.read",
    key: "u",
    keywords: "people accounts search",
  },
  {
    path: "/mails",
    label: "Captured mails",
    icon: Mails,
    group: "People",
    permission: "captured-mail.read",
    key: "m",
    keywords: "messages email inbox",
  },
];
