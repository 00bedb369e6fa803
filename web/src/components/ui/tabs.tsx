import { Tabs as Base } from "@base-ui/react/tabs";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

export const Tabs = Base.Root;
export const TabsPanel = Base.Panel;

export function TabsList({ className, ...props }: ComponentProps<typeof Base.List>) {
  return (
    <Base.List {...props} className={cn("inline-flex h-8 items-center rounded-md bg-secondary p-0.5", className)} />
  );
}

export function TabsTab({ className, ...props }: ComponentProps<typeof Base.Tab>) {
  return (
    <Base.Tab
      {...props}
      className={cn(
        "h-7 rounded-[5px] px-2.5 whitespace-nowrap text-[0.8125rem] font-medium text-muted-foreground transition-colors hover:text-foreground data-active:bg-card data-active:text-foreground data-active:shadow-xs",
        className,
      )}
    />
  );
}
