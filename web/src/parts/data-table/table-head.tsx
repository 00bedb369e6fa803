import { ArrowDown, ArrowUp, ChevronsUpDown } from "lucide-react";
import { useId } from "react";
import { cn } from "@/lib/cn";
import { Checkbox } from "../checkbox";
import type { ListTable, TableColumn } from "./columns";
import { nextSort, type TableSort } from "./table-state";
import { useWords } from "./words";

interface TableHeadProps<Item extends object> {
  table: ListTable<Item>;
  columns: readonly TableColumn<Item>[];
  sortable: readonly string[];
  sort: TableSort | null;
  onSort: (sort: TableSort | null) => void;
  selectable: boolean;
  allMatching: boolean;
}

/** The headings stay in sight; those that the server can sort by are buttons. */
export function TableHead<Item extends object>(props: TableHeadProps<Item>) {
  const words = useWords();
  const { table, columns, sortable, sort, onSort, selectable, allMatching } = props;
  const box = useId();
  return (
    <thead className="sticky top-0 z-20 bg-card text-xs text-muted-foreground shadow-[inset_0_-1px_0_var(--border)]">
      <tr>
        {selectable && (
          <th scope="col" className="h-9 w-11 p-0">
            <label htmlFor={box} className="flex h-9 items-center pl-4">
              <Checkbox
                id={box}
                aria-label={words.selectAll}
                checked={allMatching || table.getIsAllRowsSelected()}
                mixed={!allMatching && table.getIsSomeRowsSelected()}
                disabled={allMatching}
                onChange={table.getToggleAllRowsSelectedHandler()}
              />
            </label>
          </th>
        )}
        {columns
          .filter(({ key }) => table.state.columnVisibility[key])
          .map(({ key, header, className, align }) => {
            const sorted = sort?.column === key ? (sort.descending ? "descending" : "ascending") : undefined;
            const Icon = sorted === "ascending" ? ArrowUp : sorted === "descending" ? ArrowDown : ChevronsUpDown;
            return (
              <th
                key={key}
                scope="col"
                aria-sort={sorted}
                className={cn("h-9 px-3 font-medium first:pl-4", align === "right" && "text-right", className)}
              >
                {sortable.includes(key) ? (
                  <button
                    type="button"
                    onClick={() => onSort(nextSort(sort, key))}
                    className={cn(
                      "-mx-1.5 inline-flex h-7 max-w-full items-center gap-1 rounded px-1.5 hover:text-foreground",
                      sorted && "text-foreground",
                    )}
                  >
                    <span className="truncate">{header}</span>
                    <Icon aria-hidden className={cn("size-3.5 shrink-0", !sorted && "opacity-60")} />
                  </button>
                ) : (
                  <span className="block truncate">{header}</span>
                )}
              </th>
            );
          })}
      </tr>
    </thead>
  );
}
