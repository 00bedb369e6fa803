import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Badge, type BadgeTone } from "@/components/ui/badge";

const SEVERITIES: Readonly<Record<string, { label: ReturnType<typeof msg>; tone: BadgeTone }>> = {
  low: { label: msg`low`, tone: "neutral" },
  medium: { label: msg`medium`, tone: "warning" },
  high: { label: msg`high`, tone: "danger" },
};

/** How much a security event matters; nothing, where that is not known here. */
export function SeverityBadge({ severity }: { severity: unknown }) {
  const { t } = useLingui();
  const known = typeof severity === "string" ? SEVERITIES[severity] : undefined;
  return known && <Badge tone={known.tone}>{t(known.label)}</Badge>;
}
