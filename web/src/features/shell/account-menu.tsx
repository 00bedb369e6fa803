import { Trans, useLingui } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import { LogOut, ShieldCheck } from "lucide-react";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import type { MenuProps } from "@/components/ui/menu-button";
import { useSession } from "@/features/session/session-life";
import { useSignOut } from "@/features/session/use-sign-out";

/** Who is signed in, and the way out. */
export function AccountMenu(props: MenuProps) {
  const { t } = useLingui();
  const session = useSession();
  const signOut = useSignOut();
  const navigate = useNavigate();
  if (!session) return null;
  const really = session.acting?.display_name ?? session.acting?.email;
  return (
    <Menu {...props} label={t`Account`} className="w-60">
      <div className="px-2 py-1.5">
        <p className="truncate font-medium">{session.display_name ?? session.email}</p>
        {session.display_name && <p className="truncate text-muted-foreground">{session.email}</p>}
        {session.acting && (
          <p className="truncate text-warning">
            <Trans>
              Really you: <bdi>{really}</bdi>
            </Trans>
          </p>
        )}
        <p className="mt-1 truncate text-xs text-muted-foreground">{session.roles.join(", ")}</p>
      </div>
      <MenuSeparator />
      <MenuItem onClick={() => void navigate({ to: "/account" })}>
        <ShieldCheck aria-hidden />
        <Trans>Your security</Trans>
      </MenuItem>
      <MenuItem onClick={signOut}>
        <LogOut aria-hidden />
        <Trans>Sign out</Trans>
      </MenuItem>
    </Menu>
  );
}
