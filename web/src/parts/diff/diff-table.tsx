import { UnfoldVertical } from "lucide-react";
import { cn } from "@/lib/cn";
import { type Block, type Line, sideBySide } from "./diff-lines";
import { useWords } from "./words";

interface DiffTableProps {
  label: string;
  blocks: readonly Block[];
  split: boolean;
  sides: [before: string, after: string];
  onOpen: (block: number) => void;
}

/** The lines of a comparison. What is selected and copied is their text, without numbers and signs. */
export function DiffTable({ label, blocks, split, sides, onOpen }: DiffTableProps) {
  const words = useWords();
  return (
    <table className="w-full table-fixed border-collapse font-mono text-xs/5" aria-label={label}>
      <colgroup>
        <col className="w-11" />
        {split ? <col /> : <col className="w-11" />}
        {split && <col className="w-11" />}
        <col />
      </colgroup>
      <thead className={cn("border-b font-sans", !split && "sr-only")}>
        {split ? (
          <tr>
            {sides.map((side) => (
              <th key={side} scope="colgroup" colSpan={2} className="h-8 truncate px-4 text-left text-xs font-medium">
                {side}
              </th>
            ))}
          </tr>
        ) : (
          <tr>
            <th scope="col">{words.lineOf(sides[0])}</th>
            <th scope="col">{words.lineOf(sides[1])}</th>
            <th scope="col">{sides.join(", ")}</th>
          </tr>
        )}
      </thead>
      {blocks.map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: blocks of one comparison never move
        <tbody key={index}>
          {block.folded ? (
            <Fold count={block.lines.length} columns={split ? 4 : 3} onOpen={() => onOpen(index)} />
          ) : split ? (
            <SplitRows lines={block.lines} />
          ) : (
            block.lines.map((line) => <UnifiedRow key={`${line.before}-${line.after}`} line={line} />)
          )}
        </tbody>
      ))}
    </table>
  );
}

function Fold({ count, columns, onOpen }: { count: number; columns: number; onOpen: () => void }) {
  const words = useWords();
  return (
    <tr>
      <td colSpan={columns} className="p-0">
        <button
          type="button"
          onClick={onOpen}
          className="flex w-full items-center justify-center gap-2 bg-muted py-1.5 font-sans text-xs text-muted-foreground select-none hover:text-foreground focus-visible:-outline-offset-2"
        >
          <UnfoldVertical aria-hidden className="size-3.5" />
          {words.fold(count)}
        </button>
      </td>
    </tr>
  );
}

const SURFACE = { same: "", added: "bg-success-surface/60", removed: "bg-danger-surface/60" };

function UnifiedRow({ line }: { line: Line }) {
  return (
    <tr className={SURFACE[line.kind]}>
      <LineNumber value={line.before} />
      <LineNumber value={line.after} />
      <Content line={line} />
    </tr>
  );
}

function SplitRows({ lines }: { lines: readonly Line[] }) {
  return sideBySide(lines).map(({ left, right }) => (
    <tr key={`${left?.before}-${right?.after}`}>
      <LineNumber value={left?.before} className={left ? SURFACE[left.kind] : "bg-muted"} />
      {left ? <Content line={left} className={SURFACE[left.kind]} /> : <td className="bg-muted" />}
      <LineNumber value={right?.after} className={cn("border-l", right ? SURFACE[right.kind] : "bg-muted")} />
      {right ? <Content line={right} className={SURFACE[right.kind]} /> : <td className="bg-muted" />}
    </tr>
  ));
}

function LineNumber({ value, className }: { value: number | undefined; className?: string }) {
  return (
    <td className={cn("pr-2 text-right align-top text-muted-foreground tabular-nums select-none", className)}>
      {value}
    </td>
  );
}

const SIGN = { same: "", added: "before:content-['+']", removed: "before:content-['−']" };
const CHANGED = {
  same: "",
  added: "bg-success/25 text-foreground",
  removed: "bg-danger/25 text-foreground",
};

function Content({ line, className }: { line: Line; className?: string }) {
  const words = useWords();
  const Tag = line.kind === "added" ? "ins" : line.kind === "removed" ? "del" : "span";
  return (
    <td
      className={cn(
        "relative py-px pr-3 pl-5 align-top break-words whitespace-pre-wrap before:absolute before:left-1.5",
        SIGN[line.kind],
        className,
      )}
    >
      {line.kind !== "same" && (
        <span className="sr-only select-none">{line.kind === "added" ? words.added : words.removed} </span>
      )}
      <Tag className="no-underline">
        {line.spans.map((span, index) =>
          span.changed ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: the spans of a line never move
            <mark key={index} className={cn("rounded-xs", CHANGED[line.kind])}>
              {span.text}
            </mark>
          ) : (
            span.text
          ),
        )}
      </Tag>
    </td>
  );
}
