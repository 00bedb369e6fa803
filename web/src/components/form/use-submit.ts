import { type FormEvent, useState } from "react";
import { type ApiError, asApiError } from "@/api/problem";

/** How a form is sent: once at a time, and with what was refused kept until the next try. */
export interface Submission {
  busy: boolean;
  error: ApiError | null;
  /** Whether it was tried: what was left out is told from then on. */
  tried: boolean;
  /** Forgets what was refused. */
  clear: () => void;
  onSubmit: (event: FormEvent<HTMLFormElement>) => Promise<void>;
}

/** Sends a form by `send`. @param isComplete whether there is something to send; otherwise the form says what is missing */
export function useSubmit(send: () => Promise<unknown>, isComplete = true): Submission {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [tried, setTried] = useState(false);
  const onSubmit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setTried(true);
    if (busy || !isComplete) return;
    setBusy(true);
    setError(null);
    try {
      await send();
    } catch (thrown) {
      setError(asApiError(thrown));
    }
    setBusy(false);
  };
  return { busy, error, tried, clear: () => setError(null), onSubmit };
}
