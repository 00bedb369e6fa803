import { LogOut } from "lucide-react";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { useSession } from "@/features/session/session-life";
import { useSignOut } from "@/features/session/use-sign-out";

/** Up to two letters that stand for a person. */
function initials(name: string): string {
  const words = name.split(/[\s@._-]+/).filter(Boolean);
  return words
    .slice(0, 2)
    .map((word) => word.charAt(0).toUpperCase())
    .join("");
}

export function AccountMenu() {
  const session = useSession();
  const signOut = useSignOut();
  if (!session) return null;
  const name = session.display_name ?? session.email;
  return (
    <Menu>
      <MenuTrigger
        aria-label={`Account of ${name}`}
        className="grid size-8 place-items-center rounded-full bg-primary text-xs font-semibold text-primary-foreground"
      >
        {initials(name)}
      </MenuTrigger>
      <MenuContent className="w-60">
        <div className="px-2 py-1.5">
          <p className="truncate font-medium">{name}</p>
          {session.display_name && <p className="truncate text-muted-foreground">{session.email}</p>}
          <p className="mt-1 truncate text-xs text-muted-foreground">{session.roles.join(", ")}</p>
        </div>
        <MenuSeparator />
        <MenuItem onClick={signOut}>
          <LogOut aria-hidden />
          Sign out
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
