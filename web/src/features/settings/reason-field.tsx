import { Trans, useLingui } from "@lingui/react/macro";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

/** How many characters a reason may have. */
const LONGEST_REASON = 500;

interface ReasonFieldProps {
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
}

/** Why something is changed, for those who read the history. */
export function ReasonField({ value, onChange, error }: ReasonFieldProps) {
  const { t } = useLingui();
  return (
    <Field
      label={t`Reason`}
      hint={<Trans>If you like; it stands in the history.</Trans>}
      error={error}
      className="max-w-xl"
    >
      {(control) => (
        <Input
          {...control}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          maxLength={LONGEST_REASON}
          autoComplete="off"
        />
      )}
    </Field>
  );
}
