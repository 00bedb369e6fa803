import { Trans, useLingui } from "@lingui/react/macro";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { PAGE_BOX, PageHeader } from "@/components/layout/page-header";
import { buttonVariants } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { cn } from "@/lib/cn";
import { ChainState } from "./chain-state";
import { EntryFilters } from "./entry-filters";
import { EntryList } from "./entry-list";
import type { AuditFilter } from "./filter";
import { entriesQuery, exportAddress } from "./queries";

const route = getRouteApi("/_console/audit");

/** Who did what, and the proof that nothing of it was changed since. */
export function AuditPage() {
  const { t } = useLingui();
  const navigate = route.useNavigate();
  const filter = route.useSearch();
  const isNarrowed = Object.values(filter).some((value) => value !== undefined);
  const query = useInfiniteQuery({ ...entriesQuery(filter), placeholderData: keepPreviousData });
  const narrow = (changed: AuditFilter) => void navigate({ search: { ...filter, ...changed }, replace: true });
  return (
    <div className={cn(PAGE_BOX, "flex flex-col gap-4")}>
      <PageHeader
        title={t`Audit log`}
        description={t`Who did what, and the proof that nothing of it was changed since.`}
        actions={
          <>
            <ExportLink filter={filter} format="csv" />
            <ExportLink filter={filter} format="ndjson" />
          </>
        }
      />
      <ChainState />
      <Card className="overflow-hidden">
        <EntryFilters
          filter={filter}
          isNarrowed={isNarrowed}
          onFilter={narrow}
          onClear={() => void navigate({ search: {}, replace: true })}
        />
        <EntryList
          query={query}
          none={isNarrowed ? <Trans>Nothing matches the filters.</Trans> : <Trans>Nothing was done yet.</Trans>}
        />
      </Card>
    </div>
  );
}

/** What the filters find, as a file; the browser takes it as it comes. */
function ExportLink({ filter, format }: { filter: AuditFilter; format: "csv" | "ndjson" }) {
  const { t } = useLingui();
  const name = { csv: "CSV", ndjson: "NDJSON" }[format];
  return (
    <a
      href={exportAddress(filter, format)}
      download
      aria-label={t`Export as ${name}`}
      className={buttonVariants({ size: "small" })}
    >
      <Download aria-hidden />
      {name}
    </a>
  );
}
