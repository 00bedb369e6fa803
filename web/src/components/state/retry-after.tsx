import { Plural } from "@lingui/react/macro";
import { useEffect, useState } from "react";

interface RetryAfterProps {
  /** How many seconds the server wants to be left alone, as it has said now. */
  seconds: number;
  className?: string;
}

/** In how many seconds it can be tried again; nothing once that is now. */
export function RetryAfter({ seconds, className }: RetryAfterProps) {
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    const until = Date.now() + seconds * 1_000;
    const tell = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1_000)));
    tell();
    const timer = setInterval(tell, 1_000);
    return () => clearInterval(timer);
  }, [seconds]);
  if (left === 0) return null;
  return (
    <p className={className}>
      <Plural value={left} one="Try again in a second." other="Try again in # seconds." />
    </p>
  );
}
