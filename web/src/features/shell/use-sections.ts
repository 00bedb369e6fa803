import { useRouter } from "@tanstack/react-router";
import { useSession } from "@/features/session/session-life";
import { permittedSections, type SectionOfRoute } from "@/lib/sections";

/** The sections that whoever is signed in may use, as the routes tell them. */
export function useSections(): SectionOfRoute[] {
  return permittedSections(Object.values(useRouter().routesById), useSession());
}
