import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

/** The browser's own box, also for what is chosen in part. */
export function Checkbox({
  mixed = false,
  className,
  ...props
}: Omit<ComponentProps<"input">, "type" | "ref"> & { mixed?: boolean }) {
  return (
    <input
      {...props}
      type="checkbox"
      ref={(element) => {
        if (element) element.indeterminate = mixed;
      }}
      className={cn("size-4 shrink-0 cursor-pointer accent-primary disabled:cursor-not-allowed", className)}
    />
  );
}
