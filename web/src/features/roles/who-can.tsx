import { Trans, useLingui } from "@lingui/react/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { PermissionInfo } from "@/api/schema";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/skeleton";
import { usePermissionWords } from "@/lib/permission-words";
import { Select } from "@/parts/select";
import { whoCanQuery } from "./authz-queries";
import { Holder } from "./holder";
import { Reason } from "./reason";

interface WhoCanProps {
  permissions: readonly PermissionInfo[];
  permission: string | undefined;
  onChange: (permission: string | undefined) => void;
}

/** Who may do something, and why. */
export function WhoCan({ permissions, permission, onChange }: WhoCanProps) {
  const { t } = useLingui();
  const wordsOf = usePermissionWords();
  const chosen = permissions.find(({ name }) => name === permission);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-2">
      <Field label={t`Who may do this?`} hint={chosen && wordsOf(chosen)} className="max-w-sm">
        {(control) => (
          <Select
            {...control}
            value={chosen?.name ?? ""}
            onChange={(event) => onChange(event.target.value || undefined)}
          >
            <option value="">{t`Choose a permission`}</option>
            {permissions.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {chosen && <People key={chosen.name} permission={chosen.name} />}
    </div>
  );
}

function People({ permission }: { permission: string }) {
  const { t } = useLingui();
  const query = useInfiniteQuery(whoCanQuery(permission));
  const people = query.data?.pages.flatMap(({ items }) => items) ?? [];
  if (query.data === undefined) {
    return query.error ? (
      <ErrorState error={query.error} retry={() => void query.refetch()} busy={query.isFetching} />
    ) : (
      <Loading label={t`Looking for people`}>
        <Skeleton className="h-40 rounded-xl" />
      </Loading>
    );
  }
  return (
    <Card className="overflow-hidden">
      {people.length === 0 && !query.hasNextPage && (
        <p className="px-4 py-6 text-center text-muted-foreground">
          <Trans>Nobody may do this.</Trans>
        </p>
      )}
      <ul aria-label={t`People who may`}>
        {people.map(({ user_id, email, decision }) => (
          <li key={user_id} className="flex flex-wrap justify-between gap-x-4 border-b px-4 py-2.5 last:border-b-0">
            <Holder
              id={user_id}
              email={email}
              className="min-w-0 truncate rounded-sm underline-offset-2 hover:underline"
            />
            <span className="text-[0.8125rem] text-muted-foreground">
              <Reason decision={decision} />
            </span>
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <div className="border-t p-2 text-center">
          <Button
            size="small"
            variant="ghost"
            busy={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            <Trans>Show more</Trans>
          </Button>
        </div>
      )}
    </Card>
  );
}
