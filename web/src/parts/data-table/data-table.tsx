import { useTable } from "@tanstack/react-table";
import { SearchX } from "lucide-react";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { useContact } from "@/api/contact";
import { EmptyState } from "@/components/state/empty-state";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { cn } from "@/lib/cn";
import type { ListSource } from "../list-source";
import { useColumnChoice } from "./column-choice";
import { columnDefs, features, type TableColumn } from "./columns";
import { TableBody } from "./table-body";
import { type BulkAction, TableFooter } from "./table-footer";
import { type TableChoices, type TableState, writeTableState } from "./table-state";
import { TableToolbar } from "./table-toolbar";
import { useWords } from "./words";

export interface DataTableProps<Item extends object> {
  /** The table's name among all, by which this browser keeps the choice of columns. */
  name: string;
  /** What the list is: "Users". */
  label: string;
  /** A constant, or remembered. The first one names the row, and is its link. */
  columns: readonly TableColumn<Item>[];
  choices: TableChoices;
  state: TableState;
  onChange: (changed: Partial<TableState>) => void;
  items: readonly Item[];
  source: ListSource;
  idOf: (item: Item) => string;
  /** What a row is called where it is not seen. */
  nameOf: (item: Item) => string;
  /** Where a row leads. */
  hrefOf?: (item: Item) => string;
  /** Goes there without loading the page anew; clicks that want another tab are the browser's. */
  onNavigate?: (href: string) => void;
  bulkActions?: readonly BulkAction[];
  /** What is shown where there is nothing, and no filter is why. */
  empty: ReactNode;
  className?: string;
}

const NO_ACTIONS: readonly BulkAction[] = [];

/** A list from the server: filters and sort in the address, rows that are links, and what can be done with many at once. */
export function DataTable<Item extends object>(props: DataTableProps<Item>) {
  const words = useWords();
  const { name, columns, choices, state, onChange, items, source, idOf, bulkActions = NO_ACTIONS } = props;
  const [shown, show] = useColumnChoice(name, columns);
  const [selection, setSelection] = useState<Record<string, true>>({});
  const [allMatching, setAllMatching] = useState(false);
  const isLost = useContact().lostSince !== null;
  const table = useTable({
    features,
    columns: useMemo(() => columnDefs(columns), [columns]),
    data: items,
    getRowId: idOf,
    enableRowSelection: bulkActions.length > 0 && !allMatching,
    state: { rowSelection: selection, columnVisibility: shown },
    onRowSelectionChange: setSelection,
  });

  const clearSelection = () => {
    setSelection({});
    setAllMatching(false);
  };
  const asked = JSON.stringify(writeTableState({}, choices, { ...state, size: 0 }));
  // biome-ignore lint/correctness/useExhaustiveDependencies: nobody should act on rows that another filter has taken from sight
  useEffect(clearSelection, [asked]);
  useEffect(() => {
    // Nor on rows that are gone.
    const ids = new Set(items.map(idOf));
    setSelection((old) => {
      const kept = Object.entries(old).filter(([id]) => ids.has(id));
      return kept.length === Object.keys(old).length ? old : Object.fromEntries(kept);
    });
  }, [items, idOf]);

  const hasFilters = Object.keys(state.filters).length > 0;
  return (
    <div className={cn("flex min-h-0 flex-col gap-3", props.className)}>
      <TableToolbar columns={columns} choices={choices} state={state} onChange={onChange} shown={shown} onShow={show} />
      {items.length === 0 ? (
        source.pending ? (
          <LoadingRows />
        ) : source.error ? (
          <ErrorState error={source.error} retry={source.retry} busy={source.busy} />
        ) : hasFilters ? (
          <NoMatch clear={() => onChange({ filters: {} })} />
        ) : (
          props.empty
        )
      ) : (
        <div className="flex min-h-0 flex-col overflow-hidden rounded-xl border bg-card shadow-xs">
          {isLost && (
            <p role="status" className="border-b bg-warning-surface px-4 py-2 text-[0.8125rem] text-warning">
              {words.lost}
            </p>
          )}
          {/* A list of its own for each question: one that kept its place would be somewhere in the middle. */}
          <TableBody
            key={asked}
            {...props}
            table={table}
            allMatching={allMatching}
            selectable={bulkActions.length > 0}
          />
          <TableFooter
            table={table}
            choices={choices}
            state={state}
            onChange={onChange}
            hasMore={source.hasMore}
            actions={bulkActions}
            disabled={isLost || source.stale}
            allMatching={allMatching}
            onAllMatching={() => setAllMatching(true)}
            onClear={clearSelection}
          />
        </div>
      )}
    </div>
  );
}

function NoMatch({ clear }: { clear: () => void }) {
  const words = useWords();
  return (
    <EmptyState icon={SearchX} title={words.noMatch} action={<Button onClick={clear}>{words.clearFilters}</Button>}>
      {words.noMatchText}
    </EmptyState>
  );
}

function LoadingRows() {
  const words = useWords();
  return (
    <Loading label={words.loading} className="grid gap-px overflow-hidden rounded-xl border bg-card p-3">
      {["first", "second", "third", "fourth", "fifth", "sixth"].map((key) => (
        <Skeleton key={key} className="my-1 h-8" />
      ))}
    </Loading>
  );
}
