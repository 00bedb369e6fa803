import { Columns3 } from "lucide-react";
import { Suspense, useId, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { SearchInput } from "@/components/ui/search-input";
import { lazyPart } from "@/lib/lazy-part";
import { Select } from "../select";
import { NARROW, useMediaQuery } from "../use-media-query";
import type { ColumnMenuProps } from "./column-menu";
import type { TableColumn } from "./columns";
import { sortText, type TableChoices, type TableFilter, type TableState } from "./table-state";
import { useWords } from "./words";

const ColumnMenu = lazyPart<ColumnMenuProps>(async () => (await import("./column-menu")).ColumnMenu);

interface TableToolbarProps<Item> {
  columns: readonly TableColumn<Item>[];
  choices: TableChoices;
  state: TableState;
  onChange: (changed: Partial<TableState>) => void;
  shown: Readonly<Record<string, boolean>>;
  onShow: (key: string, shown: boolean) => void;
}

/** The filters of a list, and its columns; on phones, where there is no heading to press, also its order. */
export function TableToolbar<Item>({ columns, choices, state, onChange, shown, onShow }: TableToolbarProps<Item>) {
  const isNarrow = useMediaQuery(NARROW);
  const set = (key: string, text: string) => {
    const { [key]: _, ...others } = state.filters;
    onChange({ filters: text === "" ? others : { ...others, [key]: text } });
  };
  const hideable = columns.slice(1).filter(({ always }) => !always);
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2.5">
      {choices.filters.map((filter) =>
        filter.options ? (
          <ChoiceFilter
            key={filter.key}
            filter={filter}
            value={state.filters[filter.key] ?? ""}
            onChoose={(value) => set(filter.key, value)}
          />
        ) : (
          <SearchInput
            key={filter.key}
            label={filter.label}
            placeholder={filter.placeholder}
            value={state.filters[filter.key] ?? ""}
            onSearch={(text) => set(filter.key, text)}
            className="min-w-0 flex-1 basis-60 sm:max-w-sm"
          />
        ),
      )}
      {isNarrow && choices.sortable.length > 0 && (
        <SortChoice columns={columns} choices={choices} state={state} onChange={onChange} />
      )}
      {hideable.length > 0 && <ColumnButton columns={hideable} shown={shown} onShow={onShow} />}
    </div>
  );
}

function ChoiceFilter(props: { filter: TableFilter; value: string; onChoose: (value: string) => void }) {
  const words = useWords();
  const { filter, value, onChoose } = props;
  const id = useId();
  return (
    <div className="flex items-center gap-2">
      <label htmlFor={id} className="text-[0.8125rem] text-muted-foreground">
        {filter.label}
      </label>
      <Select id={id} value={value} onChange={(event) => onChoose(event.target.value)} className="min-w-28">
        <option value="">{words.any}</option>
        {filter.options?.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </Select>
    </div>
  );
}

function SortChoice<Item>({
  columns,
  choices,
  state,
  onChange,
}: Pick<TableToolbarProps<Item>, "columns" | "choices" | "state" | "onChange">) {
  const words = useWords();
  const sorts = columns
    .filter(({ key }) => choices.sortable.includes(key))
    .flatMap(({ key, header }) => [
      { sort: { column: key, descending: false }, label: words.ascending(header) },
      { sort: { column: key, descending: true }, label: words.descending(header) },
    ]);
  return (
    <Select
      aria-label={words.sortBy}
      value={sortText(state.sort) ?? ""}
      onChange={({ target }) =>
        onChange({ sort: sorts.find(({ sort }) => sortText(sort) === target.value)?.sort ?? null })
      }
      className="min-w-0 flex-1"
    >
      <option value="">{words.sortUsual}</option>
      {sorts.map(({ sort, label }) => (
        <option key={label} value={sortText(sort)}>
          {label}
        </option>
      ))}
    </Select>
  );
}

function ColumnButton(props: Pick<ColumnMenuProps, "columns" | "shown" | "onShow">) {
  const words = useWords();
  const [open, setOpen] = useState(false);
  const [wanted, setWanted] = useState(false);
  const anchor = useRef<HTMLButtonElement>(null);
  return (
    // A box of its own: what the menu adds beside its button must not take part in the row that holds the button.
    <div className="ml-auto flex">
      <Button
        ref={anchor}
        aria-haspopup="menu"
        aria-expanded={open}
        className="max-sm:px-2.5"
        onClick={() => {
          setWanted(true);
          setOpen(true);
        }}
      >
        <Columns3 aria-hidden />
        <span className="max-sm:sr-only">{words.columns}</span>
      </Button>
      <Suspense>{wanted && <ColumnMenu {...props} open={open} onOpenChange={setOpen} anchor={anchor} />}</Suspense>
    </div>
  );
}
