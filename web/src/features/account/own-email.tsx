import { useLingui } from "@lingui/react/macro";
import { Section } from "@/components/layout/section";
import { EmailChange } from "@/features/email-change/email-change";

/** One's own address, and how it becomes another one. */
export function OwnEmail() {
  const { t } = useLingui();
  return (
    <Section title={t`E-mail address`}>
      <EmailChange />
    </Section>
  );
}
