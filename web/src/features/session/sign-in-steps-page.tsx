import { useLingui } from "@lingui/react/macro";
import type { ConsoleFlow } from "@/api/schema";
import { Button } from "@/components/ui/button";
import { EntryLayout } from "./entry-layout";
import type { Entry } from "./session";
import { SignInSteps } from "./sign-in-steps";

interface SignInStepsPageProps {
  flow: ConsoleFlow;
  enter: (entry: Entry | undefined) => Promise<void>;
  /** Back to where it began. */
  leave: () => void;
}

/** What a sign-in needs after the password. */
export function SignInStepsPage({ flow, enter, leave }: SignInStepsPageProps) {
  const { t } = useLingui();
  const again = (
    <Button variant="primary" className="mt-4" onClick={leave}>
      {t`Begin again`}
    </Button>
  );
  return (
    <EntryLayout title={t`One more step`} description={t`To be sure that it is you.`}>
      <SignInSteps flow={flow} onDone={enter} over={again} />
    </EntryLayout>
  );
}
