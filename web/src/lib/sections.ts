import type { MessageDescriptor } from "@lingui/core";
import type { StaticDataRouteOption } from "@tanstack/react-router";
import type { LucideIcon } from "lucide-react";
import { type Held, maySee, type PermissionName } from "./permissions";

/** The groups of the navigation, in its order. */
export const SECTION_GROUPS = ["platform", "people"] as const;

/** A page that the navigation, the command palette and the shortcuts lead to. */
export interface Section {
  title: MessageDescriptor;
  icon: LucideIcon;
  group: (typeof SECTION_GROUPS)[number];
  /** Its place in the group. */
  order: number;
  /** Pressed after `g`. */
  key: string;
  /** Other words that find it in the command palette. */
  keywords: MessageDescriptor;
}

declare module "@tanstack/react-router" {
  interface StaticDataRouteOption {
    /** What is needed to see the route and those below it; without one it is for everybody who is signed in. */
    permission?: PermissionName;
    /** Whether whoever holds it inside the organisation for which they act sees their part of it. */
    inside?: true;
    section?: Section;
  }
}

export interface SectionOfRoute extends Section {
  /** The route's address. */
  path: string;
}

/** What is read of a route. */
interface SectionRoute {
  fullPath: string;
  options: { staticData?: StaticDataRouteOption };
}

/** The sections among these routes that a session may use, in the navigation's order. */
export function permittedSections(routes: readonly SectionRoute[], session: Held | null): SectionOfRoute[] {
  const sections: SectionOfRoute[] = [];
  for (const { fullPath, options } of routes) {
    const { section, ...needs } = options.staticData ?? {};
    if (section && maySee(session, needs)) sections.push({ ...section, path: fullPath });
  }
  const place = ({ group }: Section) => SECTION_GROUPS.indexOf(group);
  return sections.sort((one, other) => place(one) - place(other) || one.order - other.order);
}
