import { Trans, useLingui } from "@lingui/react/macro";
import { Dialog, DialogCloseCorner, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/kbd";
import { isMac } from "@/lib/shortcuts";
import { useSections } from "./use-sections";

interface ShortcutsDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function ShortcutsDialog({ open, onOpenChange }: ShortcutsDialogProps) {
  const { t } = useLingui();
  const entries: [label: string, keys: string[]][] = [
    [t`Go to or do anything`, [isMac ? "⌘" : t`Ctrl`, "K"]],
    [t`Search or filter this page`, ["/"]],
    ...useSections().map((section): [string, string[]] => {
      const title = t(section.title);
      return [t`Go to ${title}`, ["G", section.key.toUpperCase()]];
    }),
    [t`Show these shortcuts`, ["?"]],
  ];
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent className="max-w-sm">
        <DialogTitle>
          <Trans>Keyboard shortcuts</Trans>
        </DialogTitle>
        <DialogDescription className="sr-only">
          <Trans>The keys that work on every page.</Trans>
        </DialogDescription>
        <dl className="mt-3 divide-y">
          {entries.map(([label, keys]) => (
            <div key={label} className="flex items-center justify-between gap-4 py-2">
              <dt>{label}</dt>
              <dd className="flex gap-1">
                {keys.map((key) => (
                  <Kbd key={key}>{key}</Kbd>
                ))}
              </dd>
            </div>
          ))}
        </dl>
        <DialogCloseCorner />
      </DialogContent>
    </Dialog>
  );
}
