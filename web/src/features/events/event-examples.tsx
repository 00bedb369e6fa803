import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { Button } from "@/components/ui/button";
import { useSession } from "@/features/session/session-life";

interface Example {
  label: MessageDescriptor;
  condition: string;
}

/** The events about a user are about the user itself; those of a session or a message say whose it is. */
export const eventsOfUser = (userId: string): string =>
  `(has(event.data.user_id) ? event.data.user_id : event.aggregate_id) == "${userId}"`;

/** Conditions to begin with. @param userId whose events are one of them */
export function exampleConditions(userId: string | undefined): Example[] {
  const examples = [
    { label: msg`New users`, condition: 'event.type == "user.created"' },
    { label: msg`Failed sign-ins`, condition: 'event.type == "auth.login_failed"' },
    {
      label: msg`Security events that matter most`,
      condition: 'event.type == "auth.security_noted" && event.data.severity == "high"',
    },
  ];
  if (!userId) return examples;
  return [...examples, { label: msg`What was about you`, condition: eventsOfUser(userId) }];
}

/** Conditions to choose from, where there is nothing else to see. */
export function EventExamples({ onChoose }: { onChoose: (condition: string) => void }) {
  const { t } = useLingui();
  const examples = exampleConditions(useSession()?.user_id);
  return (
    <fieldset className="flex flex-wrap items-center justify-center gap-2">
      <legend className="mx-auto mb-2 text-[0.8125rem] text-muted-foreground">
        <Trans>Filters to begin with</Trans>
      </legend>
      {examples.map(({ label, condition }) => (
        <Button
          key={condition}
          size="small"
          title={condition}
          className="rounded-full"
          onClick={() => onChoose(condition)}
        >
          {t(label)}
        </Button>
      ))}
    </fieldset>
  );
}
