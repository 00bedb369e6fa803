import { useVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useRef, useState } from "react";
import { LoadMore } from "@/components/ui/load-more";
import { cn } from "@/lib/cn";
import { NARROW, useMediaQuery } from "../use-media-query";
import { CardRow } from "./card-row";
import type { ListTable } from "./columns";
import type { DataTableProps } from "./data-table";
import { moveFrom } from "./row-keys";
import { TableHead } from "./table-head";
import { TableRow } from "./table-row";
import { useWords } from "./words";

export interface TableBodyProps<Item extends object> extends DataTableProps<Item> {
  table: ListTable<Item>;
  allMatching: boolean;
  selectable: boolean;
}

/** From so many rows on, only those in view exist. */
const MOST_ROWS = 200;
const ROW_HEIGHT = 45;
const CARD_HEIGHT = 128;

/** The rows of a list: a table, or cards on phones. One of them is in the tab order; the arrow keys move to others. */
export function TableBody<Item extends object>(props: TableBodyProps<Item>) {
  const words = useWords();
  const { label, table, source, columns, choices, state, onChange, allMatching, selectable } = props;
  const scroller = useRef<HTMLElement>(null);
  const isNarrow = useMediaQuery(NARROW);
  const [active, setActive] = useState(0);
  const wantsFocus = useRef(false);
  const rows = table.getRowModel().rows;
  const isVirtual = rows.length > MOST_ROWS;
  const virtualizer = useVirtualizer({
    count: rows.length,
    enabled: isVirtual,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => rows[index]?.id ?? index,
    estimateSize: () => (isNarrow ? CARD_HEIGHT : ROW_HEIGHT),
    overscan: 8,
  });
  const inView = virtualizer.getVirtualItems();
  const indexes = isVirtual ? inView.map(({ index }) => index) : rows.map((_, index) => index);
  const before = isVirtual ? (inView[0]?.start ?? 0) : 0;
  const after = isVirtual ? virtualizer.getTotalSize() - (inView.at(-1)?.end ?? 0) : 0;
  // A row that has left the view, or the list, is in no tab order.
  const reachable = indexes.includes(active) ? active : (indexes[0] ?? 0);

  useLayoutEffect(() => {
    // A row that was far away exists only some renders after it was scrolled to.
    if (!wantsFocus.current) return;
    const target = scroller.current?.querySelector<HTMLElement>(`[data-index="${active}"] [data-row-focus]`);
    if (!target) return;
    wantsFocus.current = false;
    target.focus({ preventScroll: isVirtual });
  });

  const move = (to: number) => {
    wantsFocus.current = true;
    setActive(to);
    if (isVirtual) virtualizer.scrollToIndex(to);
  };
  const list = {
    ...props,
    indexes,
    reachable,
    rows,
    measure: isVirtual ? virtualizer.measureElement : undefined,
    onActive: setActive,
  };

  return (
    <section
      ref={scroller}
      aria-label={label}
      aria-busy={source.stale || undefined}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      onKeyDown={(event) => {
        const to = moveFrom(event, reachable, rows.length);
        if (to !== null) move(to);
      }}
      className={cn(
        "min-h-0 flex-1 overflow-y-auto transition-opacity focus-visible:-outline-offset-2",
        source.stale && "opacity-60",
      )}
    >
      {isNarrow ? (
        <ul>
          <li aria-hidden style={{ height: before }} />
          {indexes.map((index) => {
            const row = rows[index];
            return row && <CardRow key={row.id} {...list} row={row} index={index} isReachable={index === reachable} />;
          })}
          <li aria-hidden style={{ height: after }} />
        </ul>
      ) : (
        <table
          className="w-full table-fixed text-left"
          aria-label={label}
          aria-rowcount={source.hasMore ? -1 : rows.length + 1}
        >
          <caption className="sr-only">{words.keys}</caption>
          <TableHead
            table={table}
            columns={columns}
            sortable={choices.sortable}
            sort={state.sort}
            onSort={(sort) => onChange({ sort })}
            selectable={selectable}
            allMatching={allMatching}
          />
          <tbody>
            <Spacer height={before} />
            {indexes.map((index) => {
              const row = rows[index];
              return (
                row && <TableRow key={row.id} {...list} row={row} index={index} isReachable={index === reachable} />
              );
            })}
            <Spacer height={after} />
          </tbody>
        </table>
      )}
      <LoadMore hasMore={source.hasMore} loading={source.busy} error={source.error} onLoad={source.loadMore} />
    </section>
  );
}

function Spacer({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden>
      <td style={{ height }} />
    </tr>
  );
}
