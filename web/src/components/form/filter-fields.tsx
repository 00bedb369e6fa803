import { useLingui } from "@lingui/react/macro";
import { SlidersHorizontal } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { cn } from "@/lib/cn";
import { Select } from "@/parts/select";

/** What both lists can be narrowed by: whose, and when. */
export interface CommonFilter {
  /** Who signs in by exactly this address. */
  email?: string | undefined;
  /** From this moment on, ISO 8601. */
  since?: string | undefined;
  /** Before this moment, ISO 8601. */
  until?: string | undefined;
}

interface FilterBarProps {
  /** What there is to choose from, besides whose and when. */
  children: ReactNode;
  filter: CommonFilter;
  /** Whose is asked for in another way than by an address. */
  withoutEmail?: boolean;
  /** Whether the list is narrowed at all. */
  isNarrowed: boolean;
  onChange: (changed: CommonFilter) => void;
  onClear: () => void;
}

/** What a list is narrowed by; whose, and when, always are among it. */
export function FilterBar({ children, filter, withoutEmail, isNarrowed, onChange, onClear }: FilterBarProps) {
  const { t } = useLingui();
  // On a phone they would fill the screen before the list begins.
  const [isOpen, setOpen] = useState(isNarrowed);
  const id = useId();
  return (
    <form
      aria-label={t`Filters`}
      // Enter in a field applies what was typed there, and nothing is sent.
      onSubmit={(event) => event.preventDefault()}
      className="border-b p-4 max-sm:p-3"
    >
      <Button
        size="small"
        className="sm:hidden"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        <SlidersHorizontal aria-hidden />
        {t`Filters`}
      </Button>
      <div
        id={id}
        className={cn(
          "grid grid-cols-[repeat(auto-fill,minmax(min(12.5rem,100%),1fr))] items-start gap-3 max-sm:mt-3",
          !isOpen && "max-sm:hidden",
        )}
      >
        {children}
        {!withoutEmail && (
          <TextFilter
            label={t`E-mail address`}
            value={filter.email}
            isValid={(text) => /^[^\s@]+@[^\s@]+$/.test(text)}
            fault={t`Enter a whole address.`}
            onChange={(email) => onChange({ email })}
          />
        )}
        <TimeFilter label={t`Since`} value={filter.since} onChange={(since) => onChange({ since })} />
        <TimeFilter label={t`Until`} value={filter.until} onChange={(until) => onChange({ until })} />
      </div>
      {isNarrowed && (
        <Button size="small" className="mt-3" onClick={onClear}>
          {t`Clear the filters`}
        </Button>
      )}
    </form>
  );
}

interface ChoiceFilterProps<Value extends string> {
  label: string;
  value: Value | undefined;
  options: readonly (readonly [Value, string])[];
  /** What is chosen when none of them is; all, unless it says otherwise. */
  all?: string;
  onChange: (value: Value | undefined) => void;
}

/** One of several, or all. */
export function ChoiceFilter<Value extends string>(props: ChoiceFilterProps<Value>) {
  const { label, value, options, all, onChange } = props;
  const { t } = useLingui();
  const id = useId();
  const isUnknown = value !== undefined && !options.some(([known]) => known === value);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-1">
      <FilterLabel id={id} label={label} />
      <Select id={id} value={value ?? ""} onChange={(event) => onChange((event.target.value || undefined) as Value)}>
        <option value="">{all ?? t`All`}</option>
        {isUnknown && <option value={value}>{value}</option>}
        {options.map(([option, words]) => (
          <option key={option} value={option}>
            {words}
          </option>
        ))}
      </Select>
    </div>
  );
}

interface TextFilterProps {
  label: string;
  value: string | undefined;
  isValid: (text: string) => boolean;
  /** What is said of a text that is not valid. */
  fault: string;
  onChange: (value: string | undefined) => void;
}

/** A whole text, applied when the field is left or by Enter; one that is not whole is not asked for. */
export function TextFilter(props: TextFilterProps) {
  // Another one from outside, such as none, is another field.
  return <TypedFilter key={props.value ?? ""} {...props} />;
}

function TypedFilter({ label, value, isValid, fault, onChange }: TextFilterProps) {
  const id = useId();
  const [typed, setTyped] = useState(value ?? "");
  const [isFaulty, setFaulty] = useState(value !== undefined && !isValid(value));
  const apply = () => {
    const text = typed.trim();
    const faulty = text !== "" && !isValid(text);
    setFaulty(faulty);
    if (!faulty && text !== (value ?? "")) onChange(text || undefined);
  };
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-1">
      <FilterLabel id={id} label={label} />
      <Input
        id={id}
        value={typed}
        aria-invalid={isFaulty || undefined}
        aria-describedby={isFaulty ? `${id}-fault` : undefined}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => {
          setTyped(event.target.value);
          setFaulty(false);
        }}
        onBlur={apply}
        onKeyDown={(event) => event.key === "Enter" && apply()}
      />
      {isFaulty && (
        <p id={`${id}-fault`} role="alert" className="text-[0.8125rem] text-danger">
          {fault}
        </p>
      )}
    </div>
  );
}

interface TimeFilterProps {
  label: string;
  /** ISO 8601. */
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** A moment to the minute, by the clock of this computer. */
export function TimeFilter({ label, value, onChange }: TimeFilterProps) {
  const id = useId();
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-1">
      <FilterLabel id={id} label={label} />
      <Input
        key={value ?? ""}
        id={id}
        type="datetime-local"
        defaultValue={value && localMinute(value)}
        max="9999-12-31T23:59"
        // While it is typed a year has one digit, then two: only what somebody leaves is meant.
        onBlur={(event) => {
          const moment = event.target.value && new Date(event.target.value).toISOString();
          if (moment !== (value ?? "")) onChange(moment || undefined);
        }}
        onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
      />
    </div>
  );
}

const FilterLabel = ({ id, label }: { id: string; label: string }) => (
  <label htmlFor={id} className="text-xs font-medium text-muted-foreground">
    {label}
  </label>
);

/** A moment as such a field has it: of this computer, without its zone. */
export function localMinute(iso: string): string {
  const at = new Date(iso);
  const pad = (value: number, digits = 2) => String(value).padStart(digits, "0");
  const day = `${pad(at.getFullYear(), 4)}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  return `${day}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
}
