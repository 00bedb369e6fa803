import { Trans, useLingui } from "@lingui/react/macro";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { PermissionInfo } from "@/api/schema";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/skeleton";
import { FindUser } from "@/features/directory/find-user";
import { serviceAccountsQuery } from "@/features/directory/queries";
import { useSubject } from "@/features/directory/use-subject";
import { useSession } from "@/features/session/session-life";
import { usePermissionWords } from "@/lib/permission-words";
import { holds } from "@/lib/permissions";
import { Select } from "@/parts/select";
import { AttributeFields } from "./attribute-fields";
import { type AuthzQuestion, explanationQuery } from "./authz-queries";
import { ExplanationCard } from "./explanation-card";
import { IdField } from "./id-field";
import { PlaceFields } from "./place-fields";

/** What is asked so far. */
type Asked = { [Name in keyof AuthzQuestion]?: AuthzQuestion[Name] | undefined };

interface CheckPermissionProps {
  permissions: readonly PermissionInfo[];
  asked: Asked;
  onAsk: (asked: Asked) => void;
}

/** May this person, or this program, do that, and on what? Answered with why, and with what would have to be. */
export function CheckPermission({ permissions, asked, onAsk }: CheckPermissionProps) {
  const { t } = useLingui();
  const held = useSession()?.permissions ?? [];
  const { user, organisation, team, owner, attributes } = asked;
  const wordsOf = usePermissionWords();
  const permission = permissions.find(({ name }) => name === asked.permission);
  const ask = (changed: Asked) =>
    onAsk({ user, permission: permission?.name, organisation, team, owner, attributes, ...changed });
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,22rem)_minmax(0,1fr)]">
      <Card className="grid grid-cols-[minmax(0,1fr)] p-4 pb-0">
        {user === undefined ? (
          <>
            {holds(held, "users.read") && (
              <FindUser
                chosen={null}
                onChoose={(chosen) => chosen && ask({ user: chosen.id })}
                error={undefined}
                takesFocus={false}
              />
            )}
            {holds(held, "service-accounts.read") && <Programs onChoose={(id) => ask({ user: id })} />}
          </>
        ) : (
          <Chosen id={user} onOther={() => ask({ user: undefined })} />
        )}
        <Field label={t`May do`} hint={permission && wordsOf(permission)}>
          {(control) => (
            <Select
              {...control}
              value={permission?.name ?? ""}
              onChange={(event) => ask({ permission: event.target.value || undefined })}
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
        <PlaceFields organisation={organisation} team={team} onChange={ask} />
        <IdField
          label={t`That belongs to the user`}
          hint={t`An id, for conditions that ask whose it is.`}
          value={owner}
          onChange={(next) => ask({ owner: next })}
          action={
            user !== undefined &&
            owner !== user && (
              <Button size="small" onClick={() => ask({ owner: user })}>
                <Trans>Their own</Trans>
              </Button>
            )
          }
        />
        <AttributeFields value={attributes} onChange={(next) => ask({ attributes: next })} />
      </Card>
      {user !== undefined && permission ? (
        <Answer question={{ user, permission: permission.name, organisation, team, owner, attributes }} />
      ) : (
        <Card className="p-6 text-center text-muted-foreground">
          <Trans>
            Choose who, and what they may do or not: the answer says why, and who could give what is missing.
          </Trans>
        </Card>
      )}
    </div>
  );
}

/** About whom it is, and the way to somebody else. */
function Chosen({ id, onOther }: { id: string; onOther: () => void }) {
  const { t } = useLingui();
  const { known } = useSubject(id);
  return (
    <div className="mb-5 min-w-0">
      <p className="mb-1.5 text-[0.8125rem] font-medium">{t`Who`}</p>
      <div className="flex items-center justify-between gap-2 rounded-md border py-1 pr-1 pl-3">
        {known ? (
          <bdi className="min-w-0 truncate">{known.name}</bdi>
        ) : (
          <code className="min-w-0 truncate font-mono text-xs">{id}</code>
        )}
        <Button size="small" variant="ghost" onClick={onOther}>
          <Trans>Somebody else</Trans>
        </Button>
      </div>
    </div>
  );
}

/** Programs that have accounts of their own, for they may do things as well; those of the first page. */
function Programs({ onChoose }: { onChoose: (id: string) => void }) {
  const { t } = useLingui();
  const accounts = useInfiniteQuery(serviceAccountsQuery).data?.pages[0]?.items ?? [];
  if (accounts.length === 0) return null;
  return (
    <Field label={t`Or a service account`}>
      {(control) => (
        <Select {...control} value="" onChange={(event) => event.target.value && onChoose(event.target.value)}>
          <option value="">{t`Choose one`}</option>
          {accounts.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}

function Answer({ question }: { question: AuthzQuestion }) {
  const { t } = useLingui();
  const { data, error, refetch, isFetching } = useQuery({ ...explanationQuery(question), retry: false });
  if (data) return <ExplanationCard explanation={data} />;
  if (error) return <ErrorState error={error} retry={() => void refetch()} busy={isFetching} />;
  return (
    <Loading label={t`Asking what enforces`}>
      <Skeleton className="h-40 rounded-xl" />
    </Loading>
  );
}
