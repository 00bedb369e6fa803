import { Menu as Base } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import { type ComponentProps, type ReactNode, useRef } from "react";
import { cn } from "@/lib/cn";
import type { MenuProps } from "./menu-button";

export const MenuRadioGroup = Base.RadioGroup;

const ITEM =
  "flex cursor-default items-center gap-2.5 rounded-md px-2 py-1.5 outline-none select-none data-highlighted:bg-accent [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-muted-foreground";

/** Opens beside its button and stays in the button's landmark, where a screen reader looks for it. */
export function Menu(props: MenuProps & { label: string; className?: string; children: ReactNode }) {
  const { open, onOpenChange, anchor, label, className, children } = props;
  const home = useRef<HTMLDivElement>(null);
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <div ref={home} className="contents" />
      <Base.Portal container={home}>
        <Base.Positioner anchor={anchor} sideOffset={6} align="end" className="z-50 outline-none">
          <Base.Popup
            aria-label={label}
            finalFocus={anchor}
            className={cn(
              "min-w-44 origin-(--transform-origin) rounded-lg border bg-popover p-1 shadow-lg outline-none transition duration-100 data-ending-style:scale-95 data-ending-style:opacity-0 data-starting-style:scale-95 data-starting-style:opacity-0",
              className,
            )}
          >
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export function MenuItem({ className, ...props }: ComponentProps<typeof Base.Item>) {
  return <Base.Item {...props} className={cn(ITEM, className)} />;
}

export function MenuRadioItem({ className, children, ...props }: ComponentProps<typeof Base.RadioItem>) {
  return (
    <Base.RadioItem {...props} className={cn(ITEM, className)}>
      {children}
      <Base.RadioItemIndicator className="ml-auto">
        <Check aria-hidden />
      </Base.RadioItemIndicator>
    </Base.RadioItem>
  );
}

export function MenuSeparator() {
  return <Base.Separator className="-mx-1 my-1 h-px bg-border" />;
}
