import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import type { LoginAttemptStatus, LoginFailure } from "@/api/schema";
import { ChoiceFilter, FilterBar, TextFilter } from "@/components/form/filter-fields";
import { Line, PagedList } from "@/components/state/paged-list";
import { Badge, type BadgeTone } from "@/components/ui/badge";
import { useFormat } from "@/lib/format";
import { FAILURES, methodWords, reasonWords, WHOLE_METHODS } from "./method-words";
import { Owner } from "./owner";
import { attemptsQuery } from "./queries";
import type { AttemptFilter } from "./views";

/** What became of a sign-in. One that is blocked nobody looked at: too many failed before. */
const STATUSES: Readonly<Record<LoginAttemptStatus, { label: MessageDescriptor; tone: BadgeTone }>> = {
  success: { label: msg`signed in`, tone: "success" },
  failed: { label: msg`failed`, tone: "warning" },
  blocked: { label: msg`blocked`, tone: "danger" },
  suspicious: { label: msg`suspicious`, tone: "danger" },
};

interface LoginAttemptsProps {
  filter: AttemptFilter;
  onFilter: (changed: AttemptFilter) => void;
}

/** Sign-ins, also those that failed, newest first. */
export function LoginAttempts({ filter, onFilter }: LoginAttemptsProps) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const query = useInfiniteQuery({ ...attemptsQuery(filter), placeholderData: keepPreviousData });
  const isNarrowed = Object.values(filter).some((value) => value !== undefined);
  return (
    <>
      <FilterBar
        filter={filter}
        isNarrowed={isNarrowed}
        onChange={onFilter}
        onClear={() =>
          onFilter({
            status: undefined,
            failure: undefined,
            method: undefined,
            address: undefined,
            email: undefined,
            since: undefined,
            until: undefined,
          })
        }
      >
        <ChoiceFilter
          label={t`Outcome`}
          value={filter.status}
          options={(Object.keys(STATUSES) as LoginAttemptStatus[]).map((status) => [status, t(STATUSES[status].label)])}
          onChange={(status) => onFilter({ status })}
        />
        <ChoiceFilter
          label={t`Reason`}
          value={filter.failure}
          options={(Object.keys(FAILURES) as LoginFailure[]).map((failure) => [failure, t(FAILURES[failure])])}
          onChange={(failure) => onFilter({ failure })}
        />
        <ChoiceFilter
          label={t`Method`}
          value={filter.method}
          options={WHOLE_METHODS.map((method) => [method, methodWords(method, t)])}
          onChange={(method) => onFilter({ method })}
        />
        <TextFilter
          label={t`IP address`}
          value={filter.address}
          isValid={(text) => /^(\d{1,3}(\.\d{1,3}){3}|[\da-f:.]*:[\da-f:.]*)$/i.test(text)}
          fault={t`Enter a whole address.`}
          onChange={(address) => onFilter({ address })}
        />
      </FilterBar>
      <PagedList
        query={query}
        loading={t`Loading the sign-ins`}
        none={isNarrowed ? <Trans>Nothing matches the filters.</Trans> : <Trans>Nobody has signed in yet.</Trans>}
      >
        {(attempt) => (
          <Line
            key={attempt.id}
            title={methodWords(attempt.method, t)}
            mark={<Badge tone={STATUSES[attempt.status].tone}>{t(STATUSES[attempt.status].label)}</Badge>}
            facts={[formatDateTime(attempt.attempted_at), attempt.ip_address, reasonWords(attempt, t)]}
            action={<Owner id={attempt.user_id} owner={attempt.owner} />}
          />
        )}
      </PagedList>
    </>
  );
}
