import { Trans, useLingui } from "@lingui/react/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import type { OrganisationMember, Team } from "@/api/schema";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { LoadMore } from "@/components/ui/load-more";
import { Skeleton } from "@/components/ui/skeleton";
import { DialogForm, FormDialog } from "@/features/organisations/form-dialog";
import { membersQuery } from "@/features/organisations/member-queries";
import { memberName } from "@/features/organisations/member-row";
import { Checkbox } from "@/parts/checkbox";
import { addTeamMember } from "./queries";

interface AddTeamMembersProps {
  team: Team;
  /** Who is in it already, as far as it is known. */
  present: ReadonlySet<string>;
  open: boolean;
  onClose: () => void;
}

/** Puts members of the organisation into a team. */
export function AddTeamMembersDialog({ team, present, open, onClose }: AddTeamMembersProps) {
  const { t } = useLingui();
  const { name } = team;
  return (
    <FormDialog
      open={open}
      onClose={onClose}
      title={t`Put members into ${name}`}
      description={<Trans>Those who belong to the organisation can be in its teams.</Trans>}
    >
      <AddForm team={team} present={present} onClose={onClose} />
    </FormDialog>
  );
}

function AddForm({ team, present, onClose }: Omit<AddTeamMembersProps, "open">) {
  const { t } = useLingui();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const send = async () => {
    for (const user of chosen) {
      await addTeamMember(team, user);
      // What is done is not done once more, where a later one is refused.
      setChosen((left) => left.filter((other) => other !== user));
    }
    return { told: t`They are in the team` };
  };
  return (
    <DialogForm action={t`Add`} fields={[]} isWhole={chosen.length > 0} send={send} onClose={onClose}>
      {({ checked }) => (
        <ChooseMembers
          organisation={team.organisation_id}
          present={present}
          chosen={chosen}
          onChange={setChosen}
          isMissing={checked && chosen.length === 0}
        />
      )}
    </DialogForm>
  );
}

interface ChooseMembersProps {
  /** By its id. */
  organisation: string;
  present: ReadonlySet<string>;
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
  /** Whether nobody was chosen, though somebody has to be. */
  isMissing: boolean;
}

function ChooseMembers({ organisation, present, chosen, onChange, isMissing }: ChooseMembersProps) {
  const { t } = useLingui();
  const id = useId();
  const [text, setText] = useState("");
  const query = useInfiniteQuery(membersQuery(organisation));
  const members = query.data?.pages.flatMap(({ items }) => items);
  if (members === undefined) {
    if (query.error)
      return <ErrorState error={query.error} retry={() => void query.refetch()} busy={query.isFetching} />;
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
  const shown = members.filter((member) => !present.has(member.user_id) && isSought(member));
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
      <fieldset className="mb-2 min-w-0">
        <legend className="mb-1.5 text-[0.8125rem] font-medium">
          {count === 0 ? <Trans>Members</Trans> : <Trans>Members: {count} chosen</Trans>}
        </legend>
        <div className="max-h-64 overflow-y-auto rounded-md border">
          {shown.map((member) => (
            <label
              key={member.user_id}
              htmlFor={`${id}${member.user_id}`}
              className="flex min-w-0 items-center gap-3 border-b px-3 py-2 last:border-b-0"
            >
              <Checkbox
                id={`${id}${member.user_id}`}
                checked={chosen.includes(member.user_id)}
                onChange={({ target }) =>
                  onChange(
                    target.checked ? [...chosen, member.user_id] : chosen.filter((user) => user !== member.user_id),
                  )
                }
              />
              <span className="min-w-0">
                <bdi className="block truncate">{memberName(member)}</bdi>
                {memberName(member) !== member.email && (
                  <span className="block truncate text-[0.8125rem] text-muted-foreground">{member.email}</span>
                )}
              </span>
            </label>
          ))}
          {shown.length === 0 && !query.hasNextPage && (
            <p className="px-3 py-4 text-center text-[0.8125rem] text-muted-foreground">
              {sought === "" ? (
                <Trans>Everybody who belongs to the organisation is in it.</Trans>
              ) : (
                <Trans>Nobody of them is called so.</Trans>
              )}
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
