import { msg } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Line, PagedList } from "@/components/state/paged-list";
import { Badge, type BadgeTone } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { useSession } from "@/features/session/session-life";
import { useFormat } from "@/lib/format";
import { notify } from "@/lib/notify";
import { holds } from "@/lib/permissions";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { keysQuery, rotateKeys } from "./queries";

const STATES = {
  next: { label: msg`next`, tone: "neutral" },
  signing: { label: msg`signs`, tone: "success" },
  verifying: { label: msg`verifies`, tone: "neutral" },
  retired: { label: msg`retired`, tone: "neutral" },
} as const satisfies Record<string, { label: ReturnType<typeof msg>; tone: BadgeTone }>;

/** The keys that sign access tokens; whoever may, has the next one made. */
export function SigningKeys() {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const client = useQueryClient();
  const mayRotate = holds(useSession()?.permissions ?? [], "keys.rotate");
  const [open, setOpen] = useState(false);
  const query = useInfiniteQuery(keysQuery);
  const waiting = query.data?.pages[0]?.items.find((key) => key.state === "next");
  return (
    <>
      {mayRotate && (
        <div className="flex flex-wrap items-center gap-3 border-b p-3">
          <Button size="small" onClick={() => setOpen(true)}>
            <Trans>Rotate…</Trans>
          </Button>
          {waiting && (
            <p className="min-w-0 text-[0.8125rem] text-muted-foreground">
              <Trans>The next key waits, and signs from {formatDateTime(waiting.signs_from)} on.</Trans>
            </p>
          )}
        </div>
      )}
      <PagedList query={query} loading={t`Loading the keys`} none={<Trans>There is no key.</Trans>}>
        {(key) => (
          <Line
            key={key.id}
            title={<code className="font-mono text-[0.8125rem] break-all">{key.id}</code>}
            mark={<Badge tone={STATES[key.state].tone}>{t(STATES[key.state].label)}</Badge>}
            facts={[
              key.algorithm,
              t`signs from ${formatDateTime(key.signs_from)}`,
              key.signs_until && t`until ${formatDateTime(key.signs_until)}`,
            ]}
          />
        )}
      </PagedList>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={t`Rotate the signing keys?`}
        action={t`Rotate`}
        run={async () => {
          const { outcome, signs_from } = await rotateKeys();
          const begins = formatDateTime(signs_from);
          notify(
            outcome === "published"
              ? { type: "success", title: t`The next key is published`, description: t`It signs from ${begins} on.` }
              : {
                  type: "waiting",
                  title: t`Nothing changed: a next key waits already`,
                  description: t`It signs from ${begins} on.`,
                },
          );
          await client.invalidateQueries({ queryKey: keysQuery.queryKey });
        }}
      >
        {waiting ? (
          <Trans>
            A next key waits already and signs from {formatDateTime(waiting.signs_from)} on. Until then rotating changes
            nothing.
          </Trans>
        ) : (
          <Trans>The next key is published now and signs ten minutes later. Nobody is signed out.</Trans>
        )}
      </ConfirmDialog>
    </>
  );
}
