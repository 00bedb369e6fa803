import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import type { User } from "@/api/schema";
import { Avatar } from "@/components/ui/avatar";
import { Badge } from "@/components/ui/badge";
import { RoleName } from "@/components/ui/role-names";
import { USER_STATUS_TEXTS, userName } from "@/features/directory/user-texts";
import { useFormat } from "@/lib/format";

interface UserRowProps {
  user: User;
  /** Position in the whole table, counted from 1 with the heading. */
  rowIndex: number;
  now: number;
}

export function UserRow({ user, rowIndex, now }: UserRowProps) {
  const { t } = useLingui();
  const { formatAgo, formatDate, formatDateTime } = useFormat();
  const { label, tone, icon: Icon } = USER_STATUS_TEXTS[user.status];
  const name = userName(user);
  // Two fit into the column; of more, one and the count of the others.
  const shownRoles = user.roles.length > 2 ? 1 : 2;
  return (
    <tr aria-rowindex={rowIndex} className="h-[57px] border-b last:border-b-0">
      <td className="px-4">
        <div className="flex items-center gap-3">
          <Avatar name={name} url={user.avatar_url} className="size-8 text-xs" />
          <div className="min-w-0">
            {/* Isolated: a name that changes the direction of writing must not turn round what follows. */}
            <p className="truncate font-medium">
              <Link
                to="/users/$userId"
                params={{ userId: user.id }}
                className="rounded-sm underline-offset-2 hover:underline"
              >
                <bdi>{name}</bdi>
              </Link>
            </p>
            {name !== user.email && <p className="truncate text-[0.8125rem] text-muted-foreground">{user.email}</p>}
          </div>
        </div>
      </td>
      <td className="px-3">
        <Badge tone={tone} className="align-middle">
          <Icon aria-hidden />
          {t(label)}
        </Badge>
      </td>
      <td className="px-3 max-md:hidden">
        <span className="flex gap-1 overflow-hidden" title={user.roles.join(", ")}>
          {user.roles.slice(0, shownRoles).map((role) => (
            <Badge key={role}>
              <RoleName name={role} />
            </Badge>
          ))}
          {user.roles.length > shownRoles && <Badge>+{user.roles.length - shownRoles}</Badge>}
        </span>
      </td>
      <td className="truncate px-3 text-[0.8125rem] text-muted-foreground max-lg:hidden">
        {user.last_login_at ? (
          <time dateTime={user.last_login_at} title={formatDateTime(user.last_login_at)}>
            {formatAgo(user.last_login_at, now)}
          </time>
        ) : (
          t`Never`
        )}
      </td>
      <td className="truncate px-3 text-[0.8125rem] text-muted-foreground max-lg:hidden">
        <time dateTime={user.created_at}>{formatDate(user.created_at)}</time>
      </td>
    </tr>
  );
}
