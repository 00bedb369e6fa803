import { cn } from "@/lib/cn";
import { selectByKey } from "./row-keys";
import { RowLink } from "./row-link";
import { RowCheckbox, type RowProps } from "./table-row";

/** A row on a phone: what names it, and its values below each other. */
export function CardRow<Item extends object>(props: RowProps<Item>) {
  const { row, index, columns, table, hrefOf, isReachable, onActive, allMatching, selectable } = props;
  const isSelected = allMatching || row.getIsSelected();
  const [first, ...others] = columns;
  return (
    <li
      ref={props.measure}
      data-index={index}
      onFocus={() => onActive(index)}
      onKeyDown={(event) => selectByKey(event, row)}
      className={cn(
        "relative flex gap-3 border-b px-4 py-3 has-[a:focus-visible]:outline-2 has-[a:focus-visible]:-outline-offset-2 has-[a:focus-visible]:outline-ring",
        isSelected && "bg-accent",
      )}
    >
      {selectable && (
        <RowCheckbox {...props} isSelected={isSelected} className="-my-3 -ml-4 items-start py-3.5 pr-1 pl-4" />
      )}
      <div className="min-w-0 flex-1">
        <div className="font-medium break-words">
          {hrefOf ? (
            <RowLink href={hrefOf(row.original)} isReachable={isReachable} onNavigate={props.onNavigate}>
              {first?.cell(row.original)}
            </RowLink>
          ) : (
            first?.cell(row.original)
          )}
        </div>
        <dl className="mt-1.5 grid grid-cols-[auto_minmax(0,1fr)] items-center gap-x-4 gap-y-1 text-[0.8125rem]">
          {others
            .filter(({ key }) => table.state.columnVisibility[key])
            .map(({ key, header, cell }) => (
              <div key={key} className="contents">
                <dt className="text-muted-foreground">{header}</dt>
                <dd className="break-words">{cell(row.original)}</dd>
              </div>
            ))}
        </dl>
      </div>
    </li>
  );
}
