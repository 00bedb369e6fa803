import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Section } from "@/components/layout/section";
import { Button } from "@/components/ui/button";
import { useSession } from "@/features/session/session-life";
import { holds } from "@/lib/permissions";
import { ApiKeyList } from "./api-key-list";
import { CreateApiKeyDialog } from "./create-api-key";

/** One's own API keys. */
export function OwnApiKeys() {
  const { t } = useLingui();
  const session = useSession();
  // A key would outlast whoever acts as somebody else.
  const isOwn = !session?.acting;
  const mayWrite = isOwn && holds(session?.permissions ?? [], "api-keys.write");
  const [making, setMaking] = useState(false);
  return (
    <Section title={t`API keys`} isList>
      <ApiKeyList
        whose="own"
        mayRevoke={isOwn}
        mayRotate={mayWrite}
        none={<Trans>None yet. With an API key a program acts as you, within limits that you choose.</Trans>}
      />
      {mayWrite && (
        <div className="border-t p-4">
          <Button size="small" onClick={() => setMaking(true)}>
            <Trans>Make an API key…</Trans>
          </Button>
        </div>
      )}
      <CreateApiKeyDialog open={making} onClose={() => setMaking(false)} />
    </Section>
  );
}
