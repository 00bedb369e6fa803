import { Trans, useLingui } from "@lingui/react/macro";
import { Building2 } from "lucide-react";
import { buttonVariants } from "@/components/ui/button";
import { MenuButton } from "@/components/ui/menu-button";
import { cn } from "@/lib/cn";
import { lazyPart } from "@/lib/lazy-part";
import { useActingFor } from "./use-acting-for";

const OrganisationMenu = lazyPart(() => import("./organisation-menu").then(({ OrganisationMenu }) => OrganisationMenu));

/** Says for which organisation one acts, and opens the choice; for who belongs to one. */
export function OrganisationButton() {
  const { t } = useLingui();
  const { organisations, actsFor } = useActingFor();
  if (organisations.length === 0 && !actsFor) return null;
  const name = actsFor?.name ?? t`An organisation`;
  return (
    <MenuButton
      menu={OrganisationMenu}
      // The name begins with what is seen, so that it can be called by voice.
      aria-label={actsFor ? t`${name}: the organisation for which you act` : t`Act for an organisation`}
      className={cn(
        buttonVariants({ variant: "ghost", size: "small" }),
        "max-w-48 max-md:size-8 max-md:px-0",
        actsFor && "text-foreground",
      )}
    >
      <Building2 aria-hidden className={cn(actsFor && "text-primary")} />
      {actsFor && <bdi className="truncate max-md:hidden">{name}</bdi>}
    </MenuButton>
  );
}

/** Offers the same choice where a page is refused to who acts for nobody, and may see it of an organisation of theirs. */
export function ActForButton() {
  const { organisations, actsFor, actsAs } = useActingFor();
  if (organisations.length === 0 || actsFor || actsAs !== undefined) return null;
  return (
    <MenuButton menu={OrganisationMenu} className={buttonVariants({ variant: "outline" })}>
      <Building2 aria-hidden />
      <Trans>Act for one of your organisations</Trans>
    </MenuButton>
  );
}

/** Says on every page for whom one acts, where the button has no room for it. */
export function ActingForLine() {
  const { t } = useLingui();
  const { actsFor } = useActingFor();
  if (!actsFor) return null;
  const name = actsFor.name ?? t`an organisation`;
  return (
    <output className="block truncate border-b bg-muted px-4 py-1.5 text-[0.8125rem] md:hidden">
      <Trans>
        You act for <bdi className="font-medium">{name}</bdi>
      </Trans>
    </output>
  );
}
