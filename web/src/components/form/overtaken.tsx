import { Trans, useLingui } from "@lingui/react/macro";
import { UsersRound } from "lucide-react";
import { Button } from "@/components/ui/button";
import type { Edit } from "./use-edit";

export interface OvertakenProps {
  edit: Pick<Edit<unknown, object>, "typed" | "theirs" | "takeTheirs" | "keepMine">;
  /** What its fields are called. */
  labels: Readonly<Record<string, string>>;
  onDecided: () => void;
}

/** Says that somebody else was faster, shows both versions where they differ, and lets one decide. */
export function Overtaken({ edit: { typed, theirs, takeTheirs, keepMine }, labels, onDecided }: OvertakenProps) {
  const { t } = useLingui();
  if (!theirs) return null;
  const [now, mine] = [new Map(Object.entries<string>({ ...theirs })), new Map(Object.entries<string>({ ...typed }))];
  const differing = Object.keys(labels).filter((name) => now.get(name)?.trim() !== mine.get(name)?.trim());
  const decide = (how: () => void) => {
    how();
    onDecided();
  };
  return (
    <section
      aria-label={t`Both versions`}
      className="col-span-full mb-5 grid grid-cols-[minmax(0,1fr)] gap-3 rounded-lg border border-warning/40 bg-warning-surface p-3"
    >
      <div role="alert" className="flex gap-2.5 text-warning">
        <UsersRound aria-hidden className="mt-0.5 size-4 shrink-0" />
        <div className="min-w-0">
          <p className="font-medium">{t`It was changed in the meantime`}</p>
          <p className="text-[0.8125rem]">
            <Trans>Nothing of yours is lost: decide what it shall be, and save it then.</Trans>
          </p>
        </div>
      </div>
      {differing.map((name) => (
        <dl key={name} className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-0.5 text-[0.8125rem]">
          <dt className="col-span-2 font-medium">{labels[name]}</dt>
          <Version label={t`Now`} text={now.get(name)} />
          <Version label={t`Yours`} text={mine.get(name)} />
        </dl>
      ))}
      <div className="flex flex-wrap gap-2">
        <Button size="small" onClick={() => decide(takeTheirs)}>
          <Trans>Take what it is now</Trans>
        </Button>
        <Button size="small" onClick={() => decide(keepMine)}>
          <Trans>Go on with mine</Trans>
        </Button>
      </div>
    </section>
  );
}

function Version({ label, text }: { label: string; text: string | undefined }) {
  return (
    <>
      <dt className="text-muted-foreground">{label}</dt>
      <dd className="max-h-24 overflow-y-auto break-words whitespace-pre-wrap">{text || "—"}</dd>
    </>
  );
}
