import { type LucideIcon, X } from "lucide-react";
import { useId } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { Select } from "../select";
import type { ListTable } from "./columns";
import { SIZES, type TableChoices, type TableState } from "./table-state";
import { useWords } from "./words";

/** Rows by their ids, or all that match the filters, which the server finds. */
export type TableSelection = { kind: "rows"; ids: string[] } | { kind: "matching" };

export interface BulkAction {
  key: string;
  label: string;
  icon?: LucideIcon;
  tone?: "danger";
  run: (selection: TableSelection, clear: () => void) => void;
}

interface TableFooterProps<Item extends object> {
  table: ListTable<Item>;
  choices: TableChoices;
  state: TableState;
  onChange: (changed: Partial<TableState>) => void;
  hasMore: boolean;
  actions: readonly BulkAction[];
  disabled: boolean;
  allMatching: boolean;
  onAllMatching: () => void;
  onClear: () => void;
}

/** How much is there; while something is selected, what can be done with it. */
export function TableFooter<Item extends object>(props: TableFooterProps<Item>) {
  const words = useWords();
  const { table, choices, state, onChange, hasMore, actions, disabled, allMatching, onAllMatching, onClear } = props;
  const id = useId();
  const ids = Object.keys(table.state.rowSelection);
  const isSelecting = allMatching || ids.length > 0;
  const sizes = choices.sizes ?? SIZES;
  const selection: TableSelection = allMatching ? { kind: "matching" } : { kind: "rows", ids };
  return (
    <div
      className={cn(
        "flex min-h-12 shrink-0 flex-wrap items-center gap-x-3 gap-y-2 border-t px-4 py-2 text-[0.8125rem]",
        isSelecting && "bg-accent",
      )}
    >
      <p role="status" className={cn("tabular-nums", isSelecting ? "font-medium" : "text-muted-foreground")}>
        {allMatching
          ? words.allMatching
          : isSelecting
            ? words.selected(ids.length)
            : words.loaded(table.getRowModel().rows.length, hasMore)}
      </p>
      {isSelecting ? (
        <>
          <Button variant="ghost" size="small" onClick={onClear} className="-ml-2">
            <X aria-hidden />
            {words.clearSelection}
          </Button>
          {!allMatching && !table.getIsAllRowsSelected() && (
            <Button variant="ghost" size="small" onClick={() => table.toggleAllRowsSelected(true)} className="-ml-2">
              {words.selectAll}
            </Button>
          )}
          {!allMatching && table.getIsAllRowsSelected() && hasMore && (
            <Button variant="ghost" size="small" onClick={onAllMatching} className="-ml-2">
              {words.selectMatching}
            </Button>
          )}
          <fieldset className="ml-auto flex flex-wrap gap-2">
            <legend className="sr-only">{words.bulk}</legend>
            {actions.map(({ key, label, icon: Icon, tone, run }) => (
              <Button
                key={key}
                size="small"
                disabled={disabled}
                onClick={() => run(selection, onClear)}
                className={cn(tone === "danger" && "text-danger")}
              >
                {Icon && <Icon aria-hidden />}
                {label}
              </Button>
            ))}
          </fieldset>
        </>
      ) : (
        sizes.length > 1 && (
          <div className="ml-auto flex items-center gap-2">
            <label htmlFor={id} className="text-muted-foreground max-sm:sr-only">
              {words.size}
            </label>
            <Select
              id={id}
              value={state.size}
              onChange={(event) => onChange({ size: Number(event.target.value) })}
              className="w-20"
            >
              {sizes.map((size) => (
                <option key={size} value={size}>
                  {size}
                </option>
              ))}
            </Select>
          </div>
        )
      )}
    </div>
  );
}
