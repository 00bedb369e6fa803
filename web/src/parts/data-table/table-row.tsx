import { useId } from "react";
import { cn } from "@/lib/cn";
import { Checkbox } from "../checkbox";
import type { ListRow } from "./columns";
import { selectByKey } from "./row-keys";
import { RowLink } from "./row-link";
import type { TableBodyProps } from "./table-body";
import { useWords } from "./words";

export interface RowProps<Item extends object>
  extends Pick<
    TableBodyProps<Item>,
    "table" | "columns" | "nameOf" | "hrefOf" | "onNavigate" | "allMatching" | "selectable"
  > {
  row: ListRow<Item>;
  /** Counted from 0, without the heading. */
  index: number;
  /** Whether it is the one in the tab order. */
  isReachable: boolean;
  onActive: (index: number) => void;
  measure: ((element: Element | null) => void) | undefined;
}

export function TableRow<Item extends object>(props: RowProps<Item>) {
  const { row, index, columns, table, nameOf, hrefOf, isReachable, onActive, allMatching, selectable } = props;
  const isSelected = allMatching || row.getIsSelected();
  const [first] = columns;
  return (
    <tr
      ref={props.measure}
      data-index={index}
      aria-rowindex={index + 2}
      onFocus={() => onActive(index)}
      onKeyDown={(event) => selectByKey(event, row)}
      className={cn(
        // The link covers the row, so that it can be pressed anywhere; an outline around it is one around the row.
        "relative h-[45px] border-b last:border-b-0 has-[a:focus-visible]:outline-2 has-[a:focus-visible]:-outline-offset-2 has-[a:focus-visible]:outline-ring",
        hrefOf && "hover:bg-accent/60",
        isSelected && "bg-accent",
      )}
    >
      {selectable && (
        <td className="p-0">
          <RowCheckbox {...props} isSelected={isSelected} className="h-11 pl-4" />
        </td>
      )}
      {columns
        .filter(({ key }) => table.state.columnVisibility[key])
        .map((column) => (
          <td
            key={column.key}
            className={cn(
              "truncate px-3 first:pl-4",
              column.align === "right" && "text-right tabular-nums",
              column !== first && "text-[0.8125rem] text-muted-foreground",
            )}
          >
            {column === first && hrefOf ? (
              <RowLink href={hrefOf(row.original)} isReachable={isReachable} onNavigate={props.onNavigate}>
                {column.cell(row.original)}
              </RowLink>
            ) : column === first && !selectable ? (
              <span data-row-focus tabIndex={isReachable ? 0 : -1} title={nameOf(row.original)}>
                {column.cell(row.original)}
              </span>
            ) : (
              column.cell(row.original)
            )}
          </td>
        ))}
    </tr>
  );
}

/** The box of a row; with the shift key, all from the one before. */
export function RowCheckbox<Item extends object>(props: RowProps<Item> & { isSelected: boolean; className?: string }) {
  const words = useWords();
  const { row, nameOf, hrefOf, isReachable, allMatching, isSelected, className } = props;
  const box = useId();
  return (
    <label
      htmlFor={box}
      className={cn("relative z-10 flex cursor-pointer items-center", className)}
      // A click with the shift key would mark text.
      onMouseDown={(event) => event.shiftKey && event.preventDefault()}
    >
      <Checkbox
        id={box}
        {...(!hrefOf && { "data-row-focus": true })}
        tabIndex={isReachable ? 0 : -1}
        aria-label={words.selectRow(nameOf(row.original))}
        checked={isSelected}
        disabled={allMatching}
        readOnly
        onClick={row.getToggleSelectedHandler()}
      />
    </label>
  );
}
