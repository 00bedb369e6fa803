import { Menu as Base } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import { type ComponentProps, useRef } from "react";
import { cn } from "@/lib/cn";

export const Menu = Base.Root;
export const MenuTrigger = Base.Trigger;
export const MenuRadioGroup = Base.RadioGroup;

const ITEM =
  "flex cursor-default items-center gap-2.5 rounded-md px-2 py-1.5 outline-none select-none data-highlighted:bg-accent [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-muted-foreground";

/** Opens beside its trigger and stays in the trigger's landmark, where a screen reader looks for it. */
export function MenuContent({ className, ...props }: ComponentProps<typeof Base.Popup>) {
  const home = useRef<HTMLDivElement>(null);
  return (
    <>
      <div ref={home} className="contents" />
      <Base.Portal container={home}>
        <Base.Positioner sideOffset={6} align="end" className="z-50 outline-none">
          <Base.Popup
            {...props}
            className={cn(
              "min-w-44 origin-(--transform-origin) rounded-lg border bg-popover p-1 shadow-lg outline-none transition duration-100 data-ending-style:scale-95 data-ending-style:opacity-0 data-starting-style:scale-95 data-starting-style:opacity-0",
              className,
            )}
          />
        </Base.Positioner>
      </Base.Portal>
    </>
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
