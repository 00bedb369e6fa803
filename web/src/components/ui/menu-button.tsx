import { type ComponentProps, type ComponentType, type RefObject, Suspense, useRef, useState } from "react";

export interface MenuProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  anchor: RefObject<HTMLButtonElement | null>;
}

/** A button that opens a menu. The menu may be a lazy component: it is loaded when it is first opened. */
export function MenuButton({ menu: Menu, ...props }: ComponentProps<"button"> & { menu: ComponentType<MenuProps> }) {
  const [open, setOpen] = useState(false);
  const [wanted, setWanted] = useState(false);
  const anchor = useRef<HTMLButtonElement>(null);
  const show = () => {
    setWanted(true);
    setOpen(true);
  };
  return (
    // A box of its own: what the menu adds beside its button must not take part in the row that holds the button.
    <div className="flex">
      <button
        type="button"
        {...props}
        ref={anchor}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={show}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown") return;
          event.preventDefault();
          show();
        }}
      />
      <Suspense>{wanted && <Menu open={open} onOpenChange={setOpen} anchor={anchor} />}</Suspense>
    </div>
  );
}
