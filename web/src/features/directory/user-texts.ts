import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { CircleCheck, CircleMinus, CirclePause, Clock, type LucideIcon, Trash2 } from "lucide-react";
import type { OrganisationMember, User, UserStatus } from "@/api/schema";
import type { BadgeTone } from "@/components/ui/badge";

export const USER_STATUS_TEXTS: Record<UserStatus, { label: MessageDescriptor; tone: BadgeTone; icon: LucideIcon }> = {
  active: { label: msg`Active`, tone: "success", icon: CircleCheck },
  pending_verification: { label: msg`Pending`, tone: "warning", icon: Clock },
  suspended: { label: msg`Suspended`, tone: "danger", icon: CirclePause },
  inactive: { label: msg`Inactive`, tone: "neutral", icon: CircleMinus },
  deleted: { label: msg`Deleted`, tone: "neutral", icon: Trash2 },
};

/** The name to show for a user: the best one known. */
export function userName({ display_name, first_name, last_name, username, email }: User): string {
  const fullName = [first_name, last_name].filter(Boolean).join(" ");
  return display_name || fullName || username || email;
}

/** What a member is called. */
export const memberName = ({ display_name, email }: Pick<OrganisationMember, "display_name" | "email">): string =>
  display_name || email;
