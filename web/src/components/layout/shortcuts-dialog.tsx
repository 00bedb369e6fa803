import { Dialog, DialogCloseCorner, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/kbd";
import { isMac } from "@/lib/shortcuts";
import { useSections } from "./use-sections";

interface ShortcutsDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function ShortcutsDialog({ open, onOpenChange }: ShortcutsDialogProps) {
  const entries: [label: string, keys: string[]][] = [
    ["Go to or do anything", [isMac ? "⌘" : "Ctrl", "K"]],
    ["Search or filter this page", ["/"]],
    ...useSections().map(({ title, key }): [string, string[]] => [`Go to ${title}`, ["G", key.toUpperCase()]]),
    ["Show these shortcuts", ["?"]],
  ];
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent className="max-w-sm">
        <DialogTitle>Keyboard shortcuts</DialogTitle>
        <DialogDescription className="sr-only">The keys that work on every page.</DialogDescription>
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
