import { plural } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { Search } from "lucide-react";
import { type KeyboardEvent, useId, useRef, useState } from "react";
import { Dialog, DialogContent, DialogTitle } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/kbd";
import { cn } from "@/lib/cn";
import { takeKeys, typeInto } from "@/lib/early-keys";
import { type Command, matchingCommands } from "./commands";

interface CommandPaletteProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  commands: readonly Command[];
  /** Commands that search elsewhere for what was typed. */
  searches?: (typed: string) => Command[];
}

export function CommandPalette({ open, onOpenChange, commands, searches = noSearches }: CommandPaletteProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent className="max-w-lg overflow-hidden p-0" initialFocus={input}>
        <DialogTitle className="sr-only">
          <Trans>Command palette</Trans>
        </DialogTitle>
        <CommandList commands={commands} searches={searches} inputRef={input} close={() => onOpenChange(false)} />
      </DialogContent>
    </Dialog>
  );
}

const noSearches = (): Command[] => [];

interface CommandListProps {
  commands: readonly Command[];
  searches: (typed: string) => Command[];
  inputRef: React.RefObject<HTMLInputElement | null>;
  close: () => void;
}

/** A combobox (WAI-ARIA): the focus stays in the input, the arrow keys move the active option. */
function CommandList({ commands, searches, inputRef, close }: CommandListProps) {
  const { t } = useLingui();
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const listId = useId();
  const matchesOf = (text: string) => [
    ...matchingCommands(commands, text),
    ...(text.trim() ? searches(text.trim()) : []),
  ];
  const matches = matchesOf(typed);
  const optionId = (index: number) => `${listId}-${index}`;

  const choose = (command: Command | undefined) => {
    if (!command) return;
    close();
    command.run();
  };
  const takeEarlyKeys = () => {
    const keys = takeKeys();
    const enter = keys.indexOf("Enter");
    if (enter < 0) setTyped(typeInto(typed, keys));
    else choose(matchesOf(typeInto(typed, keys.slice(0, enter)))[0]);
  };
  const move = (to: number) => {
    const index = (to + matches.length) % Math.max(matches.length, 1);
    setActive(index);
    document.getElementById(optionId(index))?.scrollIntoView({ block: "nearest" });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const actions: Record<string, () => void> = {
      ArrowDown: () => move(active + 1),
      ArrowUp: () => move(active - 1),
      Home: () => move(0),
      End: () => move(matches.length - 1),
      Enter: () => choose(matches[active]),
    };
    const action = event.nativeEvent.isComposing ? undefined : actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };

  return (
    <>
      <div className="flex items-center gap-2.5 border-b px-4">
        <Search aria-hidden className="size-4 shrink-0 text-muted-foreground" />
        <input
          ref={inputRef}
          role="combobox"
          aria-label={t`Search commands`}
          aria-expanded
          aria-controls={listId}
          aria-activedescendant={matches.length > 0 ? optionId(active) : undefined}
          autoComplete="off"
          placeholder={t`Where to, or what to do?`}
          className="h-12 w-full bg-transparent outline-none placeholder:text-muted-foreground max-sm:text-base"
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
          onFocus={takeEarlyKeys}
          data-takes-keys
        />
      </div>
      <div
        id={listId}
        role="listbox"
        aria-label={t`Commands`}
        className="max-h-[min(24rem,65dvh)] overflow-y-auto p-1.5"
      >
        {matches.map(({ label, icon: Icon, shortcut }, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the combobox keeps the focus and points into the list
          // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox handles the keys
          <div
            key={label}
            id={optionId(index)}
            role="option"
            aria-selected={index === active}
            onClick={() => choose(matches[index])}
            onMouseMove={() => setActive(index)}
            className={cn(
              "flex h-10 cursor-default items-center gap-3 rounded-md px-2.5",
              index === active && "bg-accent",
            )}
          >
            <Icon aria-hidden className="size-4 text-muted-foreground" />
            <span className="flex-1 truncate">{label}</span>
            {shortcut && (
              <span className="flex gap-1">
                {shortcut.map((key) => (
                  <Kbd key={key}>{key}</Kbd>
                ))}
              </span>
            )}
          </div>
        ))}
      </div>
      <p role="status" className={matches.length > 0 ? "sr-only" : "px-4 pt-6 pb-8 text-center text-muted-foreground"}>
        {matches.length > 0
          ? t`${plural(matches.length, { one: "# command", other: "# commands" })}`
          : t`No command is called “${typed}”.`}
      </p>
    </>
  );
}
