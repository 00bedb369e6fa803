import { useLingui } from "@lingui/react/macro";
import { getRouteApi } from "@tanstack/react-router";
import { useRef } from "react";
import { PAGE_BOX, PageHeader } from "@/components/layout/page-header";
import { cn } from "@/lib/cn";
import { ConditionError } from "./condition-error";
import { EventLog, EventLogActions } from "./event-log";
import { FilterField } from "./filter-field";
import { LiveEvents, LiveEventsIndicator } from "./live-events";
import { useEventLog } from "./use-event-log";

const route = getRouteApi("/_console/events");

/** What happens, live; with a filter, only that of which it holds, and what the log holds of it. */
export function EventsPage() {
  const { t } = useLingui();
  const { filter = "", search = "" } = route.useSearch();
  const navigate = route.useNavigate();
  const field = useRef<HTMLInputElement>(null);
  const log = useEventLog(filter);

  const change = (changed: { filter?: string | undefined; search?: string | undefined }) =>
    void navigate({ search: (before) => ({ ...before, ...changed }), replace: true });
  const onFilter = (condition: string) => change({ filter: condition || undefined });
  const onExample = (condition: string) => {
    onFilter(condition);
    // What was pressed is about to go; the condition can be changed at once.
    field.current?.focus();
  };

  return (
    <div className={cn(PAGE_BOX, "flex h-full flex-col gap-4")}>
      <PageHeader
        title={t`Events`}
        description={t`What happens on the platform, while it happens.`}
        actions={filter ? <EventLogActions log={log} /> : <LiveEventsIndicator />}
      />
      <FilterField
        inputRef={field}
        value={filter}
        onFilter={onFilter}
        error={log.refusal !== undefined && <ConditionError condition={filter} message={log.refusal} />}
      />
      {filter ? (
        <EventLog filter={filter} log={log} onFilter={onExample} />
      ) : (
        <LiveEvents search={search} onSearch={(text) => change({ search: text || undefined })} onFilter={onExample} />
      )}
    </div>
  );
}
