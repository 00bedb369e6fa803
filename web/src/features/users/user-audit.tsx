import { Trans, useLingui } from "@lingui/react/macro";
import { AuditSection } from "@/features/audit/audit-section";

/** What a user did, and what was done to them, as the audit log has it. */
export function UserAudit({ userId }: { userId: string }) {
  const { t } = useLingui();
  return (
    <AuditSection
      filter={{ about: userId }}
      label={t`What this user did, and what was done to them`}
      none={<Trans>The audit log has nothing about this user.</Trans>}
    />
  );
}
