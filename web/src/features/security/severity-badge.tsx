import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Badge, type BadgeTone } from "@/components/ui/badge";
import { SEVERITY_NAMES, type Severity } from "./views";

export const SEVERITIES: Readonly<Record<Severity, { label: MessageDescriptor; tone: BadgeTone }>> = {
  low: { label: msg`low`, tone: "neutral" },
  medium: { label: msg`medium`, tone: "warning" },
  high: { label: msg`high`, tone: "danger" },
};

/** How much a security event matters; nothing, where that is not known here. */
export function SeverityBadge({ severity }: { severity: unknown }) {
  const { t } = useLingui();
  const name = SEVERITY_NAMES.find((known) => known === severity);
  return name && <Badge tone={SEVERITIES[name].tone}>{t(SEVERITIES[name].label)}</Badge>;
}
