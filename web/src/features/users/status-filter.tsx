import { Trans, useLingui } from "@lingui/react/macro";
import type { UserStatus } from "@/api/schema";
import { USER_STATUS_TEXTS } from "@/features/directory/user-texts";
import { cn } from "@/lib/cn";
import { USER_STATUSES } from "./user-filter";

interface StatusFilterProps {
  value: UserStatus | undefined;
  onChange: (status: UserStatus | undefined) => void;
}

/** One status or all, as chips; a native radio group underneath, for the keyboard. */
export function StatusFilter({ value, onChange }: StatusFilterProps) {
  const { t } = useLingui();
  const options: [UserStatus | undefined, string][] = [
    [undefined, t`All`],
    ...USER_STATUSES.map((status): [UserStatus, string] => [status, t(USER_STATUS_TEXTS[status].label)]),
  ];
  return (
    <fieldset className="flex flex-wrap gap-1.5">
      <legend className="sr-only">
        <Trans>Status</Trans>
      </legend>
      {options.map(([status, label]) => (
        <label
          key={label}
          className={cn(
            "relative flex h-8 cursor-pointer items-center rounded-full border px-3 text-[0.8125rem] font-medium transition-colors has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-ring",
            status === value ? "border-primary bg-primary text-primary-foreground" : "bg-card hover:bg-accent",
          )}
        >
          <input
            type="radio"
            name="status"
            className="sr-only"
            checked={status === value}
            onChange={() => onChange(status)}
          />
          {label}
        </label>
      ))}
    </fieldset>
  );
}
