import { useLingui } from "@lingui/react/macro";
import { ChoiceFilter, FilterBar, TextFilter } from "@/components/form/filter-fields";
import { isId } from "@/lib/id";
import { type AuditFilter, isAddress, type Outcome, SERVICES, type Service } from "./filter";
import { ACTIONS } from "./words";

interface EntryFiltersProps {
  filter: AuditFilter;
  isNarrowed: boolean;
  onFilter: (changed: AuditFilter) => void;
  onClear: () => void;
}

/** What the log is narrowed by: who, what, where, when. */
export function EntryFilters({ filter, isNarrowed, onFilter, onClear }: EntryFiltersProps) {
  const { t } = useLingui();
  const anything = () => true;
  const wholeId = t`Enter a whole id.`;
  return (
    <FilterBar filter={filter} withoutEmail isNarrowed={isNarrowed} onChange={onFilter} onClear={onClear}>
      <TextFilter
        label={t`By or to the user (id)`}
        value={filter.about}
        isValid={isId}
        fault={wholeId}
        onChange={(about) => onFilter({ about })}
      />
      <TextFilter
        label={t`By (id or service)`}
        value={filter.principal}
        isValid={anything}
        fault=""
        onChange={(principal) => onFilter({ principal })}
      />
      <TextFilter
        label={t`Really by the user (id)`}
        value={filter.actor}
        isValid={isId}
        fault={wholeId}
        onChange={(actor) => onFilter({ actor })}
      />
      <ChoiceFilter
        label={t`What was done`}
        value={filter.action}
        options={Object.entries(ACTIONS).map(([action, words]) => [action, t(words)])}
        onChange={(action) => onFilter({ action })}
      />
      <TextFilter
        label={t`To what kind of thing`}
        value={filter.resource}
        isValid={anything}
        fault=""
        onChange={(resource) => onFilter({ resource })}
      />
      <TextFilter
        label={t`To which one (id)`}
        value={filter.resource_id}
        isValid={anything}
        fault=""
        onChange={(resource_id) => onFilter({ resource_id })}
      />
      <TextFilter
        label={t`Organisation (id)`}
        value={filter.organisation}
        isValid={isId}
        fault={wholeId}
        onChange={(organisation) => onFilter({ organisation })}
      />
      <ChoiceFilter<Outcome>
        label={t`Outcome`}
        value={filter.outcome}
        options={[
          ["done", t`done`],
          ["failed", t`not done`],
        ]}
        onChange={(outcome) => onFilter({ outcome })}
      />
      <ChoiceFilter<Service>
        label={t`Service`}
        value={filter.service}
        options={SERVICES.map((service) => [service, service])}
        onChange={(service) => onFilter({ service })}
      />
      <TextFilter
        label={t`IP address`}
        value={filter.ip_address}
        isValid={isAddress}
        fault={t`Enter a whole address.`}
        onChange={(ip_address) => onFilter({ ip_address })}
      />
    </FilterBar>
  );
}
