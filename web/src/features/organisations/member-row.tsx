import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { useRef, useState } from "react";
import type { MemberRole, OrganisationMember } from "@/api/schema";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { memberName, USER_STATUS_TEXTS } from "@/features/directory/user-texts";
import { useHeldOf, useSession } from "@/features/session/session-life";
import { useFormat } from "@/lib/format";
import { holds } from "@/lib/permissions";
import { useNow } from "@/lib/use-now";
import { MEMBER, OWNER, useInsideRoles } from "./use-inside-roles";

/** What is to be done with a member. */
export type MemberAction = "give" | "transfer" | "remove" | { take: MemberRole };

interface MemberRowProps {
  member: OrganisationMember;
  /** Whose member, by id. */
  organisation: string;
  onAsk: (what: MemberAction) => void;
}

/** A line of the members: who, what they hold inside, and since when. */
export function MemberRow({ member, organisation, onAsk }: MemberRowProps) {
  const { t } = useLingui();
  const { formatDate, formatDateTime } = useFormat();
  const held = useSession()?.permissions ?? [];
  const name = memberName(member);
  const { label, tone, icon: Icon } = USER_STATUS_TEXTS[member.status];
  return (
    <tr className="border-b last:border-b-0">
      <td className="px-4 py-2.5">
        <div className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1 font-medium">
          {holds(held, "users.read") ? (
            <Link
              to="/users/$userId"
              params={{ userId: member.user_id }}
              className="min-w-0 truncate rounded-sm underline-offset-2 hover:underline"
            >
              <bdi>{name}</bdi>
            </Link>
          ) : (
            <bdi className="min-w-0 truncate">{name}</bdi>
          )}
          {member.status !== "active" && (
            <Badge tone={tone}>
              <Icon aria-hidden />
              {t(label)}
            </Badge>
          )}
          {member.is_service_account && (
            <Badge>
              <Trans>Service account</Trans>
            </Badge>
          )}
        </div>
        {name !== member.email && <p className="truncate text-[0.8125rem] text-muted-foreground">{member.email}</p>}
        <div className="mt-1.5 md:hidden">
          <RoleChips roles={member.roles} organisation={organisation} />
        </div>
      </td>
      <td className="px-3 py-2.5 max-md:hidden">
        <RoleChips roles={member.roles} organisation={organisation} />
      </td>
      <td className="truncate px-3 text-[0.8125rem] text-muted-foreground max-lg:hidden">
        <time dateTime={member.joined_at} title={formatDateTime(member.joined_at)}>
          {formatDate(member.joined_at)}
        </time>
      </td>
      <td className="px-3">
        <MemberMenu member={member} organisation={organisation} onAsk={onAsk} />
      </td>
    </tr>
  );
}

/** What somebody holds inside, beside that they are a member; what has ended is said to have. */
function RoleChips({ roles, organisation }: { roles: readonly MemberRole[]; organisation: string }) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const { nameOf } = useInsideRoles(organisation);
  const now = useNow(60_000);
  const shown = roles.length > 1 ? roles.filter(({ role }) => role !== MEMBER) : roles;
  return (
    <ul className="flex flex-wrap gap-1">
      {shown.map(({ role, team_id: team, team_name: teamName, expires_at: until }) => {
        const isOver = until !== null && Date.parse(until) <= now;
        const end = until !== null ? formatDateTime(until) : undefined;
        return (
          <li key={`${role} ${team}`} className="max-w-full min-w-0">
            <Badge className="max-w-full shrink whitespace-normal">
              <span className="min-w-0 break-words">
                {nameOf(role)}
                {teamName && (
                  <>
                    {" "}
                    · <bdi>{teamName}</bdi>
                  </>
                )}
                {end && <> · {isOver ? t`Ended: ${end}` : t`Until ${end}`}</>}
              </span>
            </Badge>
          </li>
        );
      })}
    </ul>
  );
}

/** What whoever looks may do with a member; nothing where that is nothing. */
function MemberMenu({ member, organisation, onAsk }: MemberRowProps) {
  const { t } = useLingui();
  const permissions = useHeldOf(organisation);
  const { roles, nameOf } = useInsideRoles(organisation);
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLButtonElement>(null);
  const mayWrite = holds(permissions, "members.write");
  const isOwner = member.roles.some(({ role, expires_at: end }) => role === OWNER && end === null);
  const mayTransfer =
    holds(permissions, "organisations.delete") && !isOwner && !member.is_service_account && member.status === "active";
  if (!mayWrite && !mayTransfer) return null;
  const name = memberName(member);
  const taken = mayWrite ? member.roles.filter(({ role }) => role !== MEMBER) : [];
  return (
    <div className="flex justify-end">
      <Button
        ref={anchor}
        variant="ghost"
        size="iconSmall"
        aria-label={t`What can be done with ${name}`}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(true)}
      >
        <Ellipsis aria-hidden />
      </Button>
      <Menu open={open} onOpenChange={setOpen} anchor={anchor} label={name}>
        {mayWrite && roles.length > 0 && (
          <MenuItem onClick={() => onAsk("give")}>
            <Trans>Give a role…</Trans>
          </MenuItem>
        )}
        {taken.map((held) => {
          const [roleName, team] = [nameOf(held.role), held.team_name];
          return (
            <MenuItem key={`${held.role} ${held.team_id}`} onClick={() => onAsk({ take: held })}>
              {team ? (
                <Trans>
                  Take away {roleName} for {team}…
                </Trans>
              ) : (
                <Trans>Take away {roleName}…</Trans>
              )}
            </MenuItem>
          );
        })}
        {mayTransfer && (
          <MenuItem onClick={() => onAsk("transfer")}>
            <Trans>Make the owner…</Trans>
          </MenuItem>
        )}
        {mayWrite && (
          <>
            {(roles.length > 0 || taken.length > 0 || mayTransfer) && <MenuSeparator />}
            <MenuItem onClick={() => onAsk("remove")}>
              <Trans>Remove…</Trans>
            </MenuItem>
          </>
        )}
      </Menu>
    </div>
  );
}
