import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { asApiError } from "@/api/problem";
import type { User } from "@/api/schema";
import { ErrorState } from "@/components/state/error-state";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { isId } from "@/lib/id";
import { LONGEST_SEARCH } from "@/lib/search-text";
import { useRestingText } from "@/lib/use-resting-text";
import { foundUsersQuery, userQuery } from "./queries";
import { userName } from "./user-texts";

const REST_MS = 250;
/** Whom nobody finds among these types more of the address. */
const SHOWN = 6;

interface FindUserProps {
  chosen: User | null;
  onChoose: (user: User | null) => void;
  /** What is wrong with the choice. */
  error: string | undefined;
  /** Whether it begins with the focus. */
  takesFocus?: boolean;
}

/** Finds a user by address, name or id. */
export function FindUser({ chosen, onChoose, error, takesFocus = true }: FindUserProps) {
  const { t } = useLingui();
  const [search, setSearch] = useState("");
  const look = (text: string) => {
    setSearch(text);
    onChoose(null);
  };
  const { typed, type } = useRestingText(search, look, REST_MS);
  return (
    <>
      <Field label={t`Who`} hint={t`Part of an e-mail or a name, or an id.`} error={error}>
        {(control) => (
          <Input
            {...control}
            value={typed}
            onChange={(event) => type(event.target.value)}
            maxLength={LONGEST_SEARCH}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus={takesFocus}
          />
        )}
      </Field>
      {search !== "" &&
        (isId(search) ? (
          <ById id={search} chosen={chosen} onChoose={onChoose} />
        ) : (
          <BySearch search={search} chosen={chosen} onChoose={onChoose} />
        ))}
    </>
  );
}

type FoundProps = Pick<FindUserProps, "chosen" | "onChoose">;

function ById({ id, ...props }: FoundProps & { id: string }) {
  const { data, error, refetch, isFetching } = useQuery(userQuery(id));
  const isNobody = error !== null && asApiError(error).problem.status === 404;
  if (error && !isNobody) return <ErrorState error={error} retry={() => void refetch()} busy={isFetching} />;
  return <Found users={data ? [data] : isNobody ? [] : undefined} hasMore={false} {...props} />;
}

function BySearch({ search, ...props }: FoundProps & { search: string }) {
  const { data, error, refetch, isFetching } = useQuery(foundUsersQuery(search, SHOWN + 1));
  const users = data?.items;
  if (error) return <ErrorState error={error} retry={() => void refetch()} busy={isFetching} />;
  return <Found users={users?.slice(0, SHOWN)} hasMore={(users?.length ?? 0) > SHOWN} {...props} />;
}

interface ListProps extends FoundProps {
  /** Undefined until they are there. */
  users: readonly User[] | undefined;
  hasMore: boolean;
}

function Found({ users, hasMore, chosen, onChoose }: ListProps) {
  const { t } = useLingui();
  const id = useId();
  return (
    <fieldset aria-busy={users === undefined || undefined} className="mb-4 min-w-0">
      <legend className="mb-1.5 text-[0.8125rem] font-medium">{t`Found`}</legend>
      <div className="rounded-md border empty:hidden">
        {users?.map((user) => (
          <label
            key={user.id}
            htmlFor={`${id}${user.id}`}
            className="flex min-w-0 items-center gap-3 border-b px-3 py-2 last:border-b-0"
          >
            <input
              type="radio"
              id={`${id}${user.id}`}
              name={id}
              checked={chosen?.id === user.id}
              onChange={() => onChoose(user)}
              className="size-4 shrink-0 accent-primary"
            />
            <span className="min-w-0">
              <bdi className="block truncate">{userName(user)}</bdi>
              {userName(user) !== user.email && (
                <span className="block truncate text-[0.8125rem] text-muted-foreground">{user.email}</span>
              )}
            </span>
          </label>
        ))}
      </div>
      <p role="status" className="py-1.5 text-[0.8125rem] text-muted-foreground empty:hidden">
        {users === undefined ? (
          <Trans>Looking for people</Trans>
        ) : users.length === 0 ? (
          <Trans>Nobody is found.</Trans>
        ) : (
          hasMore && <Trans>There are more: type more of the address.</Trans>
        )}
      </p>
    </fieldset>
  );
}
