import { useLingui } from "@lingui/react/macro";
import { Search, X } from "lucide-react";
import { type ComponentProps, useRef } from "react";
import { cn } from "@/lib/cn";
import { useRestingText } from "@/lib/use-resting-text";
import { Button } from "./button";
import { Input } from "./input";

interface SearchInputProps extends Omit<ComponentProps<"input">, "value" | "onChange"> {
  label: string;
  /** The search in force; when it changes from outside, the input follows. */
  value: string;
  /** Called when the typing has rested for a moment. */
  onSearch: (text: string) => void;
}

const REST_MS = 250;

/** A search field that waits for the typing to rest. `/` moves the focus here, Escape away. */
export function SearchInput({ label, value, onSearch, className, ...props }: SearchInputProps) {
  const { t } = useLingui();
  const { typed, type, settle } = useRestingText(value, onSearch, REST_MS);
  const input = useRef<HTMLInputElement>(null);

  return (
    <div className={cn("relative", className)}>
      <Search aria-hidden className="pointer-events-none absolute top-2.5 left-3 size-4 text-muted-foreground" />
      <Input
        {...props}
        ref={input}
        data-page-search
        aria-label={label}
        type="search"
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={(event) => type(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") settle(typed);
          if (event.key !== "Escape") return;
          // Leaves the field, and keeps the search: the browser would empty it.
          event.preventDefault();
          event.currentTarget.blur();
        }}
        className="pr-9 pl-9 text-ellipsis [&::-webkit-search-cancel-button]:hidden"
      />
      {typed && (
        <Button
          variant="ghost"
          size="iconSmall"
          className="absolute top-0.5 right-0.5"
          aria-label={t`Clear the search`}
          onClick={() => {
            settle("");
            input.current?.focus();
          }}
        >
          <X aria-hidden />
        </Button>
      )}
    </div>
  );
}
