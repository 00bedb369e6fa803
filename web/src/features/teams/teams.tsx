import { Trans, useLingui } from "@lingui/react/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Organisation } from "@/api/schema";
import { PageSection } from "@/components/layout/page-section";
import { Line, PagedList } from "@/components/state/paged-list";
import { Button } from "@/components/ui/button";
import { useHeldOf } from "@/features/session/session-life";
import { useFormat } from "@/lib/format";
import { holds } from "@/lib/permissions";
import { teamsQuery } from "./queries";
import { CreateTeamDialog } from "./team-forms";

/** The teams of an organisation, each a way to its page. */
export function Teams({ organisation }: { organisation: Organisation }) {
  const { t } = useLingui();
  const { formatDate } = useFormat();
  const mayWrite = holds(useHeldOf(organisation.id), "teams.write");
  const [creating, setCreating] = useState(false);
  const query = useInfiniteQuery(teamsQuery(organisation.id));
  return (
    <PageSection
      title={t`Teams`}
      action={
        mayWrite && (
          <Button size="small" onClick={() => setCreating(true)}>
            <Trans>New team…</Trans>
          </Button>
        )
      }
    >
      <PagedList
        query={query}
        loading={t`Loading the teams`}
        none={<Trans>No teams yet. A team is some of the members, who have something to do together.</Trans>}
      >
        {({ id, name, description, created_at: made }) => (
          <Line
            key={id}
            title={
              <Link
                to="/organisations/$organisationId/teams/$teamId"
                params={{ organisationId: organisation.id, teamId: id }}
                className="rounded-sm underline-offset-2 hover:underline"
              >
                <bdi>{name}</bdi>
              </Link>
            }
            facts={[description, t`made ${formatDate(made)}`]}
          />
        )}
      </PagedList>
      {mayWrite && <CreateTeamDialog organisation={organisation} open={creating} onClose={() => setCreating(false)} />}
    </PageSection>
  );
}
