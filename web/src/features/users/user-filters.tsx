import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { SlidersHorizontal, X } from "lucide-react";
import { useId, useState } from "react";
import { ChoiceFilter, TextFilter, TimeFilter } from "@/components/form/filter-fields";
import { Button } from "@/components/ui/button";
import { OrganisationFilter, useOrganisationName } from "@/features/organisations/organisation-filter";
import { rolesQuery } from "@/features/roles/queries";
import { useSession } from "@/features/session/session-life";
import { cn } from "@/lib/cn";
import { useFormat } from "@/lib/format";
import { holds } from "@/lib/permissions";
import { useRoleWords } from "@/lib/role-words";
import { USER_SORTS, type UserFilter, type UserSort } from "./user-filter";

interface UserFiltersProps {
  filter: UserFilter;
  onChange: (changed: UserFilter) => void;
}

const SORT_NAMES: Record<UserSort, MessageDescriptor> = {
  "-created_at": msg`Newest first`,
  created_at: msg`Oldest first`,
  name: msg`Name, A to Z`,
  "-name": msg`Name, Z to A`,
  email: msg`E-mail, A to Z`,
  "-email": msg`E-mail, Z to A`,
  "-last_login_at": msg`Last sign-in first`,
  last_login_at: msg`Longest away first`,
};

/** What the list can be narrowed by beside search and status, and its order. What is chosen stands as chips, which take it back. */
export function UserFilters({ filter, onChange }: UserFiltersProps) {
  const { t } = useLingui();
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const roles = useQuery(rolesQuery);
  const { nameOf } = useRoleWords();
  const maySeeOrganisations = useMaySeeOrganisations();
  const yesOrNo = (yes: string, no: string) => [["true", yes] as const, ["false", no] as const];
  const asked = (value: boolean | undefined) => (value === undefined ? undefined : (String(value) as "true" | "false"));
  const answer = (value: "true" | "false" | undefined) => (value === undefined ? undefined : value === "true");
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <div className="flex flex-wrap items-center gap-1.5">
        <Button size="small" aria-expanded={isOpen} aria-controls={id} onClick={() => setOpen(!isOpen)}>
          <SlidersHorizontal aria-hidden />
          {t`Filters and order`}
        </Button>
        <Chips filter={filter} onChange={onChange} />
      </div>
      <form
        id={id}
        aria-label={t`Filters`}
        onSubmit={(event) => event.preventDefault()}
        className={cn(
          "grid grid-cols-[repeat(auto-fill,minmax(min(12.5rem,100%),1fr))] items-start gap-3 rounded-xl border bg-card p-4",
          !isOpen && "hidden",
        )}
      >
        <ChoiceFilter
          label={t`Sort order`}
          value={filter.sort}
          all={t(SORT_NAMES["-created_at"])}
          options={USER_SORTS.slice(1).map((sort) => [sort, t(SORT_NAMES[sort])] as const)}
          onChange={(sort) => onChange({ sort })}
        />
        {roles.data ? (
          <ChoiceFilter
            label={t`Role`}
            value={filter.role}
            options={roles.data.map((role) => [role.name, nameOf(role)] as const)}
            onChange={(role) => onChange({ role })}
          />
        ) : (
          <TextFilter
            label={t`Role`}
            value={filter.role}
            isValid={(text) => /^[a-z0-9_.-]{1,100}$/.test(text)}
            fault={t`Enter the name of a role.`}
            onChange={(role) => onChange({ role })}
          />
        )}
        {maySeeOrganisations && (
          <OrganisationFilter value={filter.organisation} onChange={(organisation) => onChange({ organisation })} />
        )}
        <ChoiceFilter
          label={t`Address`}
          value={asked(filter.is_verified)}
          options={yesOrNo(t`Confirmed`, t`Not confirmed`)}
          onChange={(value) => onChange({ is_verified: answer(value) })}
        />
        <ChoiceFilter
          label={t`Second factor`}
          value={asked(filter.has_second_factor)}
          options={yesOrNo(t`Set up`, t`Not set up`)}
          onChange={(value) => onChange({ has_second_factor: answer(value) })}
        />
        <TextFilter
          label={t`Tags`}
          value={filter.tags}
          isValid={(text) => text.length <= 400}
          fault={t`Tags, parted by commas.`}
          onChange={(tags) => onChange({ tags })}
        />
        <TimeFilter
          label={t`Joined since`}
          value={filter.created_since}
          onChange={(created_since) => onChange({ created_since })}
        />
        <TimeFilter
          label={t`Joined before`}
          value={filter.created_until}
          onChange={(created_until) => onChange({ created_until })}
        />
        <TimeFilter
          label={t`Signed in since`}
          value={filter.last_login_since}
          onChange={(last_login_since) => onChange({ last_login_since })}
        />
        <TimeFilter
          label={t`Not signed in since`}
          value={filter.last_login_until}
          onChange={(last_login_until) => onChange({ last_login_until })}
        />
      </form>
    </div>
  );
}

const useMaySeeOrganisations = () => holds(useSession()?.permissions ?? [], "organisations.read");

/** What the list is narrowed by, each with a way back. */
function Chips({ filter, onChange }: UserFiltersProps) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const { role, tags, is_verified, has_second_factor, sort } = filter;
  const organisation = useOrganisationName(filter.organisation, useMaySeeOrganisations());
  const moment = (iso: string | undefined) => iso && formatDateTime(iso);
  const [joinedSince, joinedBefore] = [moment(filter.created_since), moment(filter.created_until)];
  const [seenSince, seenBefore] = [moment(filter.last_login_since), moment(filter.last_login_until)];
  const chips: [key: keyof UserFilter, words: string | undefined | false][] = [
    ["sort", sort && t(SORT_NAMES[sort])],
    ["role", role && t`Role: ${role}`],
    ["organisation", organisation && t`Organisation: ${organisation}`],
    ["is_verified", is_verified !== undefined && (is_verified ? t`Address confirmed` : t`Address not confirmed`)],
    [
      "has_second_factor",
      has_second_factor !== undefined && (has_second_factor ? t`With a second factor` : t`Without a second factor`),
    ],
    ["tags", tags && t`Tags: ${tags}`],
    ["created_since", joinedSince && t`Joined since ${joinedSince}`],
    ["created_until", joinedBefore && t`Joined before ${joinedBefore}`],
    ["last_login_since", seenSince && t`Signed in since ${seenSince}`],
    ["last_login_until", seenBefore && t`Not signed in since ${seenBefore}`],
  ];
  return chips.map(
    ([key, words]) =>
      words && (
        <button
          key={key}
          type="button"
          aria-label={t`Take back: ${words}`}
          onClick={() => onChange({ [key]: undefined })}
          className="inline-flex h-8 max-w-full items-center gap-1 rounded-full border border-primary bg-primary/10 pr-2 pl-3 text-[0.8125rem] font-medium outline-offset-2 hover:bg-primary/20 focus-visible:outline-2 focus-visible:outline-ring"
        >
          <span className="truncate">{words}</span>
          <X aria-hidden className="size-3.5 shrink-0" />
        </button>
      ),
  );
}
