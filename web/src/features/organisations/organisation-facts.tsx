import { useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import type { Organisation } from "@/api/schema";
import { Card } from "@/components/ui/card";
import { CopyButton } from "@/components/ui/copy-button";
import { useFormat } from "@/lib/format";

/** By what an organisation is known, and since when it is there. */
export function OrganisationFacts({ organisation }: { organisation: Organisation }) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const { id, slug, created_at: made, updated_at: changed } = organisation;
  const moment = (iso: string) => <time dateTime={iso}>{formatDateTime(iso)}</time>;
  return (
    <Card className="p-4 sm:p-5">
      <dl className="grid grid-cols-[minmax(0,1fr)] gap-x-6 gap-y-3 sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)] xl:grid-cols-[repeat(2,minmax(0,2fr))_repeat(2,minmax(0,1fr))]">
        <Fact label={t`Name in addresses`}>
          <Code text={slug} what={t`Name in addresses`} />
        </Fact>
        <Fact label={t`Id`}>
          <Code text={id} what={t`Id`} />
        </Fact>
        <Fact label={t`Made`}>{moment(made)}</Fact>
        <Fact label={t`Last changed`}>{moment(changed)}</Fact>
      </dl>
    </Card>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-muted-foreground">{label}</dt>
      <dd className="mt-0.5 break-words">{children}</dd>
    </div>
  );
}

/** What programs ask for: selected by a click, and copied by its button. */
function Code({ text, what }: { text: string; what: string }) {
  return (
    <span className="flex items-start gap-1">
      <code className="min-w-0 py-1 font-mono text-xs break-all select-all">{text}</code>
      <CopyButton text={text} what={what} />
    </span>
  );
}
