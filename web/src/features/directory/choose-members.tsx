import { Trans, useLingui } from "@lingui/react/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import type { OrganisationMember } from "@/api/schema";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { LoadMore } from "@/components/ui/load-more";
import { Skeleton } from "@/components/ui/skeleton";
import { Checkbox } from "@/parts/checkbox";
import { membersQuery } from "./queries";
import { memberName } from "./user-texts";

interface ChooseMembersProps {
  /** By its id. */
  organisation: string;
  /** Who can be chosen at all. */
  isOffered: (member: OrganisationMember) => boolean;
  /** What is said where nobody can. */
  none: string;
  /** By their ids. */
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
  /** Whether one alone is chosen. */
  single?: boolean;
  /** Whether nobody was chosen, though somebody has to be. */
  isMissing: boolean;
}

/** Chooses some of those who belong to an organisation. */
export function ChooseMembers(props: ChooseMembersProps) {
  const { organisation, isOffered, none, chosen, onChange, single = false, isMissing } = props;
  const { t } = useLingui();
  const id = useId();
  const [text, setText] = useState("");
  const query = useInfiniteQuery(membersQuery(organisation));
  const members = query.data?.pages.flatMap(({ items }) => items);
  if (members === undefined) {
    if (query.error) {
      return <ErrorState error={query.error} retry={() => void query.refetch()} busy={query.isFetching} />;
    }
    return (
      <Loading label={t`Loading the members`} className="mb-4">
        <Skeleton className="h-32" />
      </Loading>
    );
  }
  const count = chosen.length;
  const sought = text.trim().toLowerCase();
  const isSought = (member: OrganisationMember) =>
    `${member.display_name ?? ""}\n${member.email}`.toLowerCase().includes(sought);
  const shown = members.filter((member) => isOffered(member) && isSought(member));
  const choose = (user: string, isIn: boolean) => {
    if (single) return onChange([user]);
    onChange(isIn ? [...chosen, user] : chosen.filter((other) => other !== user));
  };
  return (
    <>
      <Field label={t`Who`} hint={t`Part of a name or an e-mail address.`} error={isMissing && t`Choose somebody.`}>
        {(control) => (
          <Input
            {...control}
            value={text}
            onChange={(event) => setText(event.target.value)}
            // Enter in what only narrows the list sends nothing.
            onKeyDown={(event) => event.key === "Enter" && event.preventDefault()}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus
          />
        )}
      </Field>
      <fieldset className="mb-5 min-w-0">
        <legend className="mb-1.5 text-[0.8125rem] font-medium">
          {single || count === 0 ? <Trans>Members</Trans> : <Trans>Members: {count} chosen</Trans>}
        </legend>
        <div className="max-h-64 overflow-y-auto rounded-md border">
          {shown.map((member) => {
            const control = {
              id: `${id}${member.user_id}`,
              checked: chosen.includes(member.user_id),
              onChange: (event: { target: { checked: boolean } }) => choose(member.user_id, event.target.checked),
            };
            return (
              <label
                key={member.user_id}
                htmlFor={control.id}
                className="flex min-w-0 items-center gap-3 border-b px-3 py-2 last:border-b-0"
              >
                {single ? (
                  <input {...control} type="radio" name={id} className="size-4 shrink-0 accent-primary" />
                ) : (
                  <Checkbox {...control} />
                )}
                <span className="min-w-0">
                  <bdi className="block truncate">{memberName(member)}</bdi>
                  {memberName(member) !== member.email && (
                    <span className="block truncate text-[0.8125rem] text-muted-foreground">{member.email}</span>
                  )}
                </span>
              </label>
            );
          })}
          {shown.length === 0 && !query.hasNextPage && (
            <p className="px-3 py-4 text-center text-[0.8125rem] text-muted-foreground">
              {sought === "" ? none : <Trans>Nobody of them is called so.</Trans>}
            </p>
          )}
          <LoadMore
            hasMore={query.hasNextPage}
            loading={query.isFetchingNextPage}
            error={query.error}
            onLoad={() => void query.fetchNextPage()}
          />
        </div>
      </fieldset>
    </>
  );
}
