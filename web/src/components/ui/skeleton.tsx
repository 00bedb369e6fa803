import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

/** A grey shape in the place of something that is being loaded. */
export function Skeleton({ className, ...props }: ComponentProps<"div">) {
  return <div aria-hidden {...props} className={cn("animate-pulse rounded-md bg-secondary", className)} />;
}
