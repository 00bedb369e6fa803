import { Trans, useLingui } from "@lingui/react/macro";
import { ListFilter, X } from "lucide-react";
import type { ReactNode, RefObject } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { cn } from "@/lib/cn";
import { useRestingText } from "@/lib/use-resting-text";

interface FilterFieldProps {
  inputRef: RefObject<HTMLInputElement | null>;
  /** The condition in force; empty without one. */
  value: string;
  onFilter: (condition: string) => void;
  /** What is wrong with the condition in force. */
  error: ReactNode;
}

/** Longer than for a search of words: a condition that is half written is wrong. */
const REST_MS = 600;

/** Where a condition is written. `/` moves the focus here; Escape empties the field, and leaves it when it is empty. */
export function FilterField({ inputRef, value, onFilter, error }: FilterFieldProps) {
  const { t } = useLingui();
  const { typed, type, settle } = useRestingText(value, onFilter, REST_MS);
  return (
    <Field
      label={t`Filter`}
      error={error}
      hint={
        <Trans>
          A condition in CEL over <code className="font-mono text-xs">event</code>.
        </Trans>
      }
    >
      {(control) => (
        <div className="relative">
          <ListFilter
            aria-hidden
            className="pointer-events-none absolute top-2.5 left-3 size-4 text-muted-foreground"
          />
          <Input
            {...control}
            ref={inputRef}
            data-page-search
            placeholder={'event.type.startsWith("user.")'}
            autoComplete="off"
            autoCapitalize="none"
            autoCorrect="off"
            spellCheck={false}
            enterKeyHint="search"
            value={typed}
            onChange={(event) => type(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter") settle(typed);
              if (event.key !== "Escape") return;
              event.preventDefault();
              if (typed) settle("");
              else event.currentTarget.blur();
            }}
            className={cn("pl-9 font-mono text-[0.8125rem]", typed && "pr-9")}
          />
          {typed && (
            <Button
              variant="ghost"
              size="iconSmall"
              className="absolute top-0.5 right-0.5"
              aria-label={t`Clear the filter`}
              onClick={() => {
                settle("");
                inputRef.current?.focus();
              }}
            >
              <X aria-hidden />
            </Button>
          )}
        </div>
      )}
    </Field>
  );
}
