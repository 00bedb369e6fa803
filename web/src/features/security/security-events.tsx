import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { SecurityEvent, SecurityEventKind } from "@/api/schema";
import { ChoiceFilter, FilterBar } from "@/components/form/filter-fields";
import { Line, PagedList } from "@/components/state/paged-list";
import { useFormat } from "@/lib/format";
import { Owner } from "./owner";
import { securityEventsQuery } from "./queries";
import { SEVERITIES, SeverityBadge } from "./severity-badge";
import { type EventFilter, SEVERITY_NAMES } from "./views";

/** What happened, by the word for programs: one for each that the server documents. One of a later version is shown as the server
 * says it. */
const KINDS: Readonly<Record<SecurityEventKind, MessageDescriptor>> = {
  "login.repeated_failures": msg`Sign-ins failed repeatedly`,
  "factor.repeated_failures": msg`Later steps of a sign-in failed repeatedly`,
  "password.repeated_failures": msg`The current password was wrong repeatedly`,
  "login.new_device": msg`Signed in from a new device`,
  "password.changed": msg`The password was changed`,
  "password.reset": msg`The password was chosen anew by a one-time link`,
  "factor.added": msg`A second factor was set up`,
  "factor.removed": msg`A second factor was taken away`,
  "factor.backup_code_used": msg`A backup code was used`,
  "factor.backup_codes_renewed": msg`New backup codes were made`,
  "provider.linked": msg`Another way to sign in was linked`,
  "provider.unlinked": msg`A linked way to sign in was taken away`,
  "api_key.created": msg`An API key was made`,
  "api_key.rotated": msg`An API key was given a new secret`,
  "api_key.widened": msg`An API key was allowed more`,
  "device.blocked": msg`A device was blocked`,
  "email.changed": msg`The e-mail address was changed`,
  "passkey.counted_back": msg`A passkey may have been copied`,
  "passkey.moved": msg`Where a passkey is kept has changed`,
  "session.impersonated": msg`An administrator acted as the person`,
  "session.refresh_token_repeated": msg`An answer to a refresh was given again`,
  "session.refresh_token_reused": msg`A used refresh token was used again`,
};

interface SecurityEventsProps {
  filter: EventFilter;
  onFilter: (changed: EventFilter) => void;
}

/** What was noticed about the security of all accounts, newest first. */
export function SecurityEvents({ filter, onFilter }: SecurityEventsProps) {
  const { t } = useLingui();
  const isNarrowed = Object.values(filter).some((value) => value !== undefined);
  const kinds = (Object.keys(KINDS) as SecurityEventKind[]).map((kind) => [kind, t(KINDS[kind])] as const);
  return (
    <>
      <FilterBar
        filter={filter}
        isNarrowed={isNarrowed}
        onChange={onFilter}
        onClear={() =>
          onFilter({ kind: undefined, severity: undefined, email: undefined, since: undefined, until: undefined })
        }
      >
        <ChoiceFilter
          label={t`What happened`}
          value={filter.kind}
          options={kinds.toSorted(([, one], [, other]) => one.localeCompare(other))}
          onChange={(kind) => onFilter({ kind })}
        />
        <ChoiceFilter
          label={t`Severity`}
          value={filter.severity}
          options={SEVERITY_NAMES.map((severity) => [severity, t(SEVERITIES[severity].label)])}
          onChange={(severity) => onFilter({ severity })}
        />
      </FilterBar>
      <EventList
        filter={filter}
        none={isNarrowed ? <Trans>Nothing matches the filters.</Trans> : <Trans>Nothing was noticed yet.</Trans>}
      />
    </>
  );
}

/** What was noticed about the security of one user's account, newest first. */
export const UserSecurityEvents = ({ user }: { user: string }) => (
  <EventList user={user} filter={{}} none={<Trans>Nothing was noticed yet.</Trans>} />
);

function EventList({ user, filter, none }: { user?: string; filter: EventFilter; none: ReactNode }) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const query = useInfiniteQuery({ ...securityEventsQuery(user, filter), placeholderData: keepPreviousData });
  const reasonOf = ({ details }: SecurityEvent) => {
    const reason = (details as { reason?: unknown } | null)?.reason;
    return typeof reason === "string" ? t`The reason: ${reason}` : undefined;
  };
  return (
    <PagedList query={query} loading={t`Loading the security events`} none={none}>
      {(event) => {
        const known: MessageDescriptor | undefined = KINDS[event.kind];
        return (
          <Line
            key={event.id}
            title={known ? t(known) : event.title}
            mark={<SeverityBadge severity={event.severity} />}
            facts={[formatDateTime(event.occurred_at), event.ip_address, reasonOf(event)]}
            action={user === undefined && <Owner id={event.user_id} owner={event.owner} />}
          />
        );
      }}
    </PagedList>
  );
}
