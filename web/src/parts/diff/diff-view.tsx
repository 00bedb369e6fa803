import { createTwoFilesPatch } from "diff";
import { Check, Columns2, Copy, Rows2, UnfoldVertical } from "lucide-react";
import { useMemo, useState } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { notify } from "@/lib/notify";
import { NARROW, useMediaQuery } from "../use-media-query";
import { type Block, diffLines, foldSame } from "./diff-lines";
import { DiffTable } from "./diff-table";
import { textsOf } from "./secrets";
import { useWords } from "./words";

interface DiffViewProps {
  /** What is compared: "Version 3 and version 4 of the settings". */
  label: string;
  /** Two texts, or two values that are compared as JSON; undefined for what was not there. */
  before: unknown;
  after: unknown;
  /** Paths whose values are never shown, such as `mail.smtp_url` or `auth.providers.*.secret`. */
  secrets?: readonly string[];
  /** What the two sides are called. */
  beforeLabel?: string;
  afterLabel?: string;
}

const NONE: readonly string[] = [];

/** What differs between two texts or values: words marked, what is the same folded, secrets hidden. */
export function DiffView(props: DiffViewProps) {
  const words = useWords();
  const { label, before, after, secrets = NONE, beforeLabel = words.before, afterLabel = words.after } = props;
  const [wantsSplit, setWantsSplit] = useState(true);
  const isNarrow = useMediaQuery(NARROW);
  const split = wantsSplit && !isNarrow;
  const [first, second] = useMemo(
    () => textsOf(before, after, { paths: secrets, anotherText: words.anotherSecret }),
    [before, after, secrets, words],
  );
  const lines = useMemo(() => diffLines(first, second), [first, second]);
  const blocks = useMemo(() => foldSame(lines), [lines]);
  const count = (kind: "added" | "removed") => lines.filter((line) => line.kind === kind).length;

  if (first === second) return <p className="text-muted-foreground">{words.same}</p>;
  return (
    <section aria-label={label} className="overflow-hidden rounded-xl border bg-card shadow-xs">
      <div className="flex min-h-11 items-center gap-2 border-b py-1.5 pr-2 pl-4">
        <p className="min-w-0 flex-1 truncate text-[0.8125rem] text-muted-foreground">
          {words.counts(count("added"), count("removed"))}
        </p>
        {!isNarrow && (
          <fieldset className="flex">
            <legend className="sr-only">{words.layout}</legend>
            <LayoutButton label={words.split} icon={Columns2} chosen={split} onChoose={() => setWantsSplit(true)} />
            <LayoutButton label={words.unified} icon={Rows2} chosen={!split} onChoose={() => setWantsSplit(false)} />
          </fieldset>
        )}
        <CopyButton text={() => createTwoFilesPatch(beforeLabel, afterLabel, `${first}\n`, `${second}\n`)} />
      </div>
      {/* Another pair is another view: what was unfolded in this one says nothing about it. */}
      <Blocks
        key={`${first}\n${second}`}
        blocks={blocks}
        split={split}
        sides={[beforeLabel, afterLabel]}
        label={label}
      />
    </section>
  );
}

/** So many lines are shown at first, and with each press of the button. */
const LINES_AT_ONCE = 1_000;

function Blocks(props: { blocks: Block[]; split: boolean; sides: [string, string]; label: string }) {
  const words = useWords();
  const { blocks, split, sides, label } = props;
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const [limit, setLimit] = useState(LINES_AT_ONCE);
  const shown: Block[] = [];
  let left = limit;
  for (const [index, block] of blocks.entries()) {
    if (block.folded && !open.has(index)) {
      shown.push(block);
      continue;
    }
    if (left <= 0) break;
    shown.push({ folded: false, lines: block.lines.slice(0, left) });
    left -= block.lines.length;
  }
  return (
    <>
      <DiffTable
        label={label}
        blocks={shown}
        split={split}
        sides={sides}
        onOpen={(index) => setOpen(new Set([...open, index]))}
      />
      {left < 0 && (
        <div className="flex justify-center border-t p-2">
          <Button size="small" onClick={() => setLimit(limit + LINES_AT_ONCE)}>
            <UnfoldVertical aria-hidden />
            {words.more}
          </Button>
        </div>
      )}
    </>
  );
}

interface LayoutButtonProps {
  label: string;
  icon: typeof Columns2;
  chosen: boolean;
  onChoose: () => void;
}

function LayoutButton({ label, icon: Icon, chosen, onChoose }: LayoutButtonProps) {
  return (
    <Button
      variant="ghost"
      size="iconSmall"
      aria-label={label}
      title={label}
      aria-pressed={chosen}
      onClick={onChoose}
      className={cn(chosen && "bg-accent text-foreground")}
    >
      <Icon aria-hidden />
    </Button>
  );
}

function CopyButton({ text }: { text: () => string }) {
  const words = useWords();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      setCopied(true);
      notify({ title: words.copied });
    } catch {
      // Not on plain http, or refused by the browser.
      notify({ title: words.notCopied, type: "error" });
    }
  };
  return (
    <Button variant="ghost" size="iconSmall" aria-label={words.copy} title={words.copy} onClick={() => void copy()}>
      {copied ? <Check aria-hidden /> : <Copy aria-hidden />}
    </Button>
  );
}
