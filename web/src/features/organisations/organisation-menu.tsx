import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Building2, CircleOff } from "lucide-react";
import { useId } from "react";
import { Menu, MenuRadioGroup, MenuRadioItem } from "@/components/ui/menu";
import type { MenuProps } from "@/components/ui/menu-button";
import { sessionQuery } from "@/features/session/queries";
import { actForOrganisation } from "@/features/session/session";
import { changeOrganisation } from "@/features/session/session-life";
import { tellOfOrganisation } from "@/features/session/tell-of-organisation";
import { notify } from "@/lib/notify";
import { holds } from "@/lib/permissions";
import { useProblemWords } from "@/lib/problem-words";
import { ORGANISATIONS } from "@/lib/query-keys";
import { mayLeave } from "@/parts/drafts/drafts";
import { useActingFor } from "./use-acting-for";

/** Stands for acting for nobody: no organisation has this id. */
const NONE = "none";

/** One's organisations, of which one acts for one, or for none. */
export function OrganisationMenu(props: MenuProps) {
  const { t } = useLingui();
  const reasonId = useId();
  const { organisations, actsFor, actsAs } = useActingFor();
  const choose = useChoose();
  const isOff = actsAs !== undefined;
  return (
    <Menu {...props} label={t`Act for an organisation`} className="max-h-[min(26rem,75dvh)] w-64 overflow-y-auto">
      <p id={reasonId} className="px-2 py-1.5 text-xs text-muted-foreground">
        {isOff ? (
          <Trans>
            While you act as <bdi>{actsAs}</bdi> you act for no organisation. Stop that first.
          </Trans>
        ) : (
          <Trans>What you hold inside counts while you act for it.</Trans>
        )}
      </p>
      <MenuRadioGroup value={actsFor?.id ?? NONE} onValueChange={choose} aria-describedby={reasonId}>
        <MenuRadioItem value={NONE} closeOnClick disabled={isOff} className="data-disabled:opacity-55">
          <CircleOff aria-hidden />
          <Trans>None</Trans>
        </MenuRadioItem>
        {organisations.map(({ id, name }) => (
          <MenuRadioItem key={id} value={id} closeOnClick disabled={isOff} className="data-disabled:opacity-55">
            <Building2 aria-hidden />
            <bdi className="min-w-0 truncate">{name}</bdi>
          </MenuRadioItem>
        ))}
      </MenuRadioGroup>
    </Menu>
  );
}

/** Has the console act for an organisation, and opens its page; what was typed is asked for first. */
function useChoose() {
  const tell = useProblemWords();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return async (chosen: string) => {
    if (!(await mayLeave())) return;
    try {
      const session = await actForOrganisation(chosen === NONE ? null : chosen);
      tellOfOrganisation(session);
      void changeOrganisation(queryClient, session);
      const { organisation } = session;
      if (!organisation || !holds(organisation.permissions, "organisations.read")) return;
      const params = { organisationId: organisation.id };
      await navigate({ to: "/organisations/$organisationId", params, ignoreBlocker: true });
    } catch (error) {
      const { title, detail } = tell(error);
      notify({ type: "error", title, ...(detail && { description: detail }) });
      // Who was removed meanwhile is shown to what they still belong.
      void queryClient.invalidateQueries({ queryKey: ORGANISATIONS });
      void queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey });
    }
  };
}
