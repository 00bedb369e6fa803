import { useState } from "react";
import { cn } from "@/lib/cn";
import { initials } from "@/lib/initials";

interface AvatarProps {
  /** Of the person, which stands beside it: the picture itself says nothing more. */
  name: string;
  /** Where their picture is, if they have one. */
  url?: string | null | undefined;
  /** Says how large it is, and how the initials look where that is otherwise than anywhere else. */
  className?: string;
}

/** The picture of a person; their initials where there is none, or it cannot be had. */
export function Avatar({ name, url, className }: AvatarProps) {
  // Which one could not be had: another one is tried.
  const [missing, setMissing] = useState<string | null>(null);
  const box = cn("shrink-0 overflow-hidden rounded-full", className);
  if (url && url !== missing)
    return (
      <img
        src={url}
        alt=""
        loading="lazy"
        decoding="async"
        draggable={false}
        onError={() => setMissing(url)}
        className={cn(box, "bg-muted object-cover")}
      />
    );
  return (
    <span
      aria-hidden
      className={cn("grid place-items-center border bg-muted font-semibold text-muted-foreground select-none", box)}
    >
      {initials(name)}
    </span>
  );
}
