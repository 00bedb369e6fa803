import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
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

export const SERVICES: Record<ServiceName, { title: MessageDescriptor; purpose: MessageDescriptor; icon: LucideIcon }> =
  {
    gateway: { title: msg`Gateway`, purpose: msg`The way in from outside`, icon: Route },
    auth: { title: msg`Auth`, purpose: msg`Sign-in, tokens and sessions`, icon: KeyRound },
    users: { title: msg`Users`, purpose: msg`People, roles, audit log`, icon: Users },
    notifications: { title: msg`Notifications`, purpose: msg`Messages to people`, icon: Bell },
    admin: { title: msg`Admin`, purpose: msg`This console`, icon: SlidersHorizontal },
  };

export const STATUSES: Record<ServiceStatus, { label: MessageDescriptor; tone: BadgeTone; icon: LucideIcon }> = {
  up: { label: msg`Up`, tone: "success", icon: CircleCheck },
  degraded: { label: msg`Degraded`, tone: "warning", icon: TriangleAlert },
  down: { label: msg`Down`, tone: "danger", icon: CircleX },
};
