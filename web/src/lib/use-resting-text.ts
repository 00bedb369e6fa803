import { useEffect, useRef, useState } from "react";

interface RestingText {
  typed: string;
  /** Takes what is in the field now, and hands it on once the typing has rested. */
  type: (text: string) => void;
  /** Hands it on without waiting. */
  settle: (text: string) => void;
}

/**
 * The text of a field that is applied when the typing has rested.
 *
 * @param value the text in force; when it changes from outside, the field follows
 */
export function useRestingText(value: string, onRest: (text: string) => void, restMs: number): RestingText {
  const [typed, setTyped] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const sent = useRef(value);

  useEffect(() => {
    // Only what came from outside replaces the text, never the echo of what was typed.
    if (value !== sent.current) {
      sent.current = value;
      setTyped(value);
    }
    return () => clearTimeout(timer.current);
  }, [value]);

  const change = (text: string, delay: number) => {
    setTyped(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      sent.current = text.trim();
      onRest(sent.current);
    }, delay);
  };
  return { typed, type: (text) => change(text, restMs), settle: (text) => change(text, 0) };
}
