import { Trans, useLingui } from "@lingui/react/macro";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { ApiKey } from "@/api/schema";
import { Line, PagedList } from "@/components/state/paged-list";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { SubjectLink } from "@/features/directory/subject-link";
import { useFormat } from "@/lib/format";
import { notify } from "@/lib/notify";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { API_KEYS, apiKeysQuery, revokeApiKey, type Whose } from "./queries";
import { RotateApiKeyDialog } from "./rotate-api-key";

interface ApiKeyListProps {
  whose: Whose;
  /** Whether they may be revoked. */
  mayRevoke: boolean;
  /** Whether they may be given new secrets: their owners alone do that. */
  mayRotate?: boolean;
  none: ReactNode;
}

/** API keys: what they are for and limited to, and when they were used. */
export function ApiKeyList({ whose, mayRevoke, mayRotate = false, none }: ApiKeyListProps) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const query = useInfiniteQuery(apiKeysQuery(whose));
  const [revoked, setRevoked] = useState<ApiKey | null>(null);
  const [rotated, setRotated] = useState<ApiKey | null>(null);
  return (
    <>
      <PagedList query={query} loading={t`Loading the API keys`} none={none}>
        {(key) => (
          <ApiKeyLine key={key.id} apiKey={key} showsOwner={whose === "everybody"}>
            {mayRotate && (
              <Button size="small" aria-label={`${t`New secret`}: ${key.name}`} onClick={() => setRotated(key)}>
                <Trans>New secret…</Trans>
              </Button>
            )}
            {mayRevoke && (
              <Button size="small" aria-label={`${t`Revoke`}: ${key.name}`} onClick={() => setRevoked(key)}>
                <Trans>Revoke…</Trans>
              </Button>
            )}
          </ApiKeyLine>
        )}
      </PagedList>
      <RotateApiKeyDialog apiKey={rotated} onClose={() => setRotated(null)} />
      <ConfirmDialog
        open={revoked !== null}
        onOpenChange={(open) => !open && setRevoked(null)}
        title={t`Revoke ${revoked?.name ?? ""}?`}
        action={t`Revoke`}
        tone="danger"
        run={async () => {
          if (revoked) await revokeApiKey(revoked);
          notify({ type: "success", title: t`The key is revoked` });
          await queryClient.invalidateQueries({ queryKey: API_KEYS });
        }}
      >
        <Trans>Programs that have it are refused at once. This cannot be undone.</Trans>
      </ConfirmDialog>
    </>
  );
}

function ApiKeyLine({ apiKey, showsOwner, children }: { apiKey: ApiKey; showsOwner: boolean; children: ReactNode }) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const { expires_at: end, revoked_at: revoked, previous_until: previous, last_used_at: used } = apiKey;
  const isOver = revoked !== null || (end !== null && new Date(end) <= new Date());
  return (
    <Line
      title={apiKey.name}
      mark={
        <>
          <code className="font-mono text-xs text-muted-foreground">{apiKey.prefix}…</code>
          {revoked !== null ? (
            <Badge tone="danger">
              <Trans>Revoked</Trans>
            </Badge>
          ) : (
            isOver && (
              <Badge>
                <Trans>Expired</Trans>
              </Badge>
            )
          )}
        </>
      }
      facts={[
        apiKey.scopes.join(", "),
        apiKey.rate_limit !== null && t`${apiKey.rate_limit} requests a minute`,
        t`made ${formatDateTime(apiKey.created_at)}`,
        end !== null ? t`until ${formatDateTime(end)}` : t`without an end`,
        previous !== null && t`the old secret goes on until ${formatDateTime(previous)}`,
        used !== null ? t`used ${formatDateTime(used)}` : t`not used yet`,
      ]}
      action={
        <div className="flex flex-wrap items-center gap-2">
          {showsOwner && <SubjectLink id={apiKey.user_id} />}
          {!isOver && children}
        </div>
      }
    />
  );
}
