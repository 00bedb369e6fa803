import { useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import type { Organisation } from "@/api/schema";
import { Card } from "@/components/ui/card";
import { useFormat } from "@/lib/format";

/** By what an organisation is known, and since when it is there. */
export function OrganisationFacts({ organisation }: { organisation: Organisation }) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const { id, slug, created_at: made, updated_at: changed } = organisation;
  const facts: [label: string, value: ReactNode][] = [
    [
      t`Name in addresses`,
      <code key="slug" className="font-mono text-xs break-all select-all">
        {slug}
      </code>,
    ],
    [
      t`Id`,
      <code key="id" className="font-mono text-xs break-all select-all">
        {id}
      </code>,
    ],
    [
      t`Made`,
      <time key="made" dateTime={made}>
        {formatDateTime(made)}
      </time>,
    ],
    [
      t`Last changed`,
      <time key="changed" dateTime={changed}>
        {formatDateTime(changed)}
      </time>,
    ],
  ];
  return (
    <Card className="p-4 sm:p-5">
      <dl className="grid grid-cols-[minmax(0,1fr)] gap-x-6 gap-y-3 sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)] lg:grid-cols-[repeat(4,minmax(0,1fr))]">
        {facts.map(([label, value]) => (
          <div key={label} className="min-w-0">
            <dt className="text-xs text-muted-foreground">{label}</dt>
            <dd className="mt-0.5 break-words">{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
