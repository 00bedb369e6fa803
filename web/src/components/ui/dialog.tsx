import { Dialog as Base } from "@base-ui/react/dialog";
import { useLingui } from "@lingui/react/macro";
import { X } from "lucide-react";
import { type ComponentProps, useRef, useState } from "react";
import { cn } from "@/lib/cn";
import { buttonVariants } from "./button";

export const Dialog = Base.Root;

const BACKDROP =
  "fixed inset-0 z-40 bg-black/45 transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0";

type DialogContentProps = Omit<ComponentProps<typeof Base.Popup>, "ref">;

/** A dialog in the middle of the page, near its top on phones. */
export function DialogContent(props: DialogContentProps) {
  return (
    <Base.Portal>
      <Base.Backdrop className={BACKDROP} />
      <Middle {...props} />
    </Base.Portal>
  );
}

/** Is there as long as the dialog is shown, and so sees what had the focus before. */
function Middle({ className, children, ...props }: DialogContentProps) {
  const popup = useRef<HTMLDivElement>(null);
  // A field with autoFocus has it by the time that Base UI looks who had it, and goes with the form.
  const [before] = useState(() => document.activeElement);
  const goBack = () => {
    const now = document.activeElement;
    const isElsewhere = now !== null && now !== document.body && !popup.current?.contains(now);
    if (isElsewhere) return false;
    return before instanceof HTMLElement && before !== document.body && before.isConnected ? before : true;
  };
  return (
    <Base.Popup
      ref={popup}
      finalFocus={goBack}
      {...props}
      className={cn(
        "fixed top-[12vh] left-1/2 z-50 max-h-[76vh] max-sm:top-[6vh] max-sm:max-h-[88dvh] w-[calc(100vw-2rem)] max-w-md -translate-x-1/2 overflow-auto rounded-xl border bg-popover p-5 shadow-2xl outline-none transition duration-150 data-ending-style:scale-[0.98] data-ending-style:opacity-0 data-starting-style:scale-[0.98] data-starting-style:opacity-0",
        className,
      )}
    >
      {children}
    </Base.Popup>
  );
}

/** A panel that slides in from the left: the navigation on phones. */
export function SheetContent({ className, children, ...props }: ComponentProps<typeof Base.Popup>) {
  return (
    <Base.Portal>
      <Base.Backdrop className={BACKDROP} />
      <Base.Popup
        {...props}
        className={cn(
          "fixed inset-y-0 left-0 z-50 flex w-72 max-w-[85vw] flex-col border-r bg-sidebar shadow-2xl outline-none transition-transform duration-200 data-ending-style:-translate-x-full data-starting-style:-translate-x-full",
          className,
        )}
      >
        {children}
        <DialogCloseCorner />
      </Base.Popup>
    </Base.Portal>
  );
}

/** The cross in a dialog's corner, for those without an Escape key. */
export function DialogCloseCorner() {
  const { t } = useLingui();
  return (
    <Base.Close
      aria-label={t`Close`}
      className={cn(buttonVariants({ variant: "ghost", size: "iconSmall" }), "absolute top-3 right-3")}
    >
      <X aria-hidden />
    </Base.Close>
  );
}

export function DialogTitle({ className, ...props }: ComponentProps<typeof Base.Title>) {
  return <Base.Title {...props} className={cn("text-base font-semibold tracking-tight", className)} />;
}

export function DialogDescription({ className, ...props }: ComponentProps<typeof Base.Description>) {
  return <Base.Description {...props} className={cn("mt-1 text-muted-foreground", className)} />;
}
