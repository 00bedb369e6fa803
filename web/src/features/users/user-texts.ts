import { CircleCheck, CircleMinus, CirclePause, Clock, type LucideIcon, Trash2 } from "lucide-react";
import type { User, UserStatus } from "@/api/schema";
import type { BadgeTone } from "@/components/ui/badge";

export const USER_STATUS_TEXTS: Record<UserStatus, { label: string; tone: BadgeTone; icon: LucideIcon }> = {
  active: { label: "Active", tone: "success", icon: CircleCheck },
  pending_verification: { label: "Pending", tone: "warning", icon: Clock },
  suspended: { label: "Suspended", tone: "danger", icon: CirclePause },
  inactive: { label: "Inactive", tone: "neutral", icon: CircleMinus },
  deleted: { label: "Deleted", tone: "neutral", icon: Trash2 },
};

/** The name to show for a user: the best one known. */
export function userName({ display_name, first_name, last_name, username, email }: User): string {
  const fullName = [first_name, last_name].filter(Boolean).join(" ");
  return display_name || fullName || username || email;
}
