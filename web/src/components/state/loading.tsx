import { Trans } from "@lingui/react/macro";
import { type ReactNode, useEffect, useState } from "react";
import { useContact } from "@/api/contact";
import { ApiError, unreachable } from "@/api/problem";
import { ErrorState } from "./error-state";

interface LoadingProps {
  /** What is being loaded. */
  label: string;
  /** `h1` where this is all that the page shows. */
  heading?: "h1" | "h2";
  className?: string;
  /** The shape of what will come. */
  children: ReactNode;
}

/** Loading for longer than this is spoken of. */
const LONG_MS = 5_000;

/** Stands in the place of what is being loaded: says so when that takes long, and ends with the contact to the server. */
export function Loading({ label, heading, className, children }: LoadingProps) {
  const isLost = useContact().lostSince !== null;
  const isLong = useIsLong();
  if (isLost) return <ErrorState error={new ApiError(unreachable())} {...(heading && { heading })} />;
  return (
    <div role="status" aria-label={label} className={className}>
      {children}
      {isLong && (
        <p className="py-4 text-center text-muted-foreground">
          <Trans>This takes longer than usual: there is no answer yet.</Trans>
        </p>
      )}
    </div>
  );
}

function useIsLong(): boolean {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), LONG_MS);
    return () => clearTimeout(timer);
  }, []);
  return isLong;
}
