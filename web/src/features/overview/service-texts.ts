import {
  Bell,
  CircleCheck,
  CircleX,
  KeyRound,
  type LucideIcon,
  Route,
  SlidersHorizontal,
  TriangleAlert,
  Users,
} from "lucide-react";
import type { ServiceName, ServiceStatus } from "@/api/schema";
import type { BadgeTone } from "@/components/ui/badge";

export const SERVICES: Record<ServiceName, { title: string; purpose: string; icon: LucideIcon }> = {
  gateway: { title: "Gateway", purpose: "The way in from outside", icon: Route },
  auth: { title: "Auth", purpose: "Sign-in, tokens and sessions", icon: KeyRound },
  users: { title: "Users", purpose: "People, roles, audit log", icon: Users },
  notifications: { title: "Notifications", purpose: "Messages to people", icon: Bell },
  admin: { title: "Admin", purpose: "This console", icon: SlidersHorizontal },
};

export const STATUSES: Record<ServiceStatus, { label: string; tone: BadgeTone; icon: LucideIcon }> = {
  up: { label: "Up", tone: "success", icon: CircleCheck },
  degraded: { label: "Degraded", tone: "warning", icon: TriangleAlert },
  down: { label: "Down", tone: "danger", icon: CircleX },
};
