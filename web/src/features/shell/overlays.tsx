import { Trans } from "@lingui/react/macro";
import { Dialog, DialogTitle, SheetContent } from "@/components/ui/dialog";
import { CommandPalette } from "./command-palette";
import { useCommands, useSearches } from "./commands";
import { Navigation } from "./navigation";
import { ShortcutsDialog } from "./shortcuts-dialog";

export type Overlay = "navigation" | "palette" | "shortcuts" | null;

interface OverlaysProps {
  overlay: Overlay;
  onChange: (overlay: Overlay) => void;
}

/** Everything that opens over a page; loaded when the first of it is opened. */
export function Overlays({ overlay, onChange }: OverlaysProps) {
  const commands = useCommands(() => onChange("shortcuts"));
  const searches = useSearches();
  const toggle = (name: Overlay) => (open: boolean) => onChange(open ? name : null);
  return (
    <>
      <Dialog open={overlay === "navigation"} onOpenChange={toggle("navigation")}>
        <SheetContent>
          <DialogTitle className="sr-only">
            <Trans>Navigation</Trans>
          </DialogTitle>
          <Navigation onNavigate={() => onChange(null)} />
        </SheetContent>
      </Dialog>
      <CommandPalette
        open={overlay === "palette"}
        onOpenChange={toggle("palette")}
        commands={commands}
        searches={searches}
      />
      <ShortcutsDialog open={overlay === "shortcuts"} onOpenChange={toggle("shortcuts")} />
    </>
  );
}
