import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import type { ApiError } from "@/api/problem";
import { useSession } from "@/features/session/session-life";
import { holds } from "@/lib/permissions";

interface RoleWayOnProps {
  error: ApiError;
  /** The role that it was about. */
  role?: string;
  /** The permission that it was about, where it was about one. */
  permission?: string;
}

const LINK = "font-medium underline underline-offset-2";

/** What somebody does next to whom something about roles and permissions was refused: who can do it, or what stands in the way. */
export function RoleWayOn({ error: { problem }, role, permission }: RoleWayOnProps) {
  const maySee = holds(useSession()?.permissions ?? [], "users.read");
  if (problem.status === 403) {
    if (!maySee) return <Trans>Ask somebody who holds more than you do.</Trans>;
    return (
      <Trans>
        Somebody who holds more can do it.{" "}
        <Link to="/roles" search={{ view: "who", permission: permission ?? "roles.assign" }} className={LINK}>
          See who may
        </Link>
      </Trans>
    );
  }
  if (problem.status === 409 && role && maySee) {
    return (
      <Link to="/users" search={{ role }} className={LINK}>
        <Trans>See who holds the role</Trans>
      </Link>
    );
  }
  return null;
}
