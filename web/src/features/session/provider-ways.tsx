import { Trans, useLingui } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { asApiError } from "@/api/problem";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { onBrought, openWindow } from "@/lib/step-up-window";
import { visitProvider } from "./session";
import type { StepProps } from "./step-foot";

interface ProviderWaysProps extends StepProps {
  /** Whether there is no other way. */
  isOnly: boolean;
}

/** A visit under way. */
interface Visit {
  /** The provider, as people read it. */
  label: string;
  /** Where the window goes, where the browser has opened none. */
  url: string | null;
  isOver: boolean;
}

/** Proves at a provider who somebody is, in a window of its own: what was begun on this page stays as it is. */
export function ProviderWays({ flow, error, busy, send, beside, isOnly }: ProviderWaysProps) {
  const { t } = useLingui();
  const [visit, setVisit] = useState<Visit | null>(null);
  const state = useRef("");
  const sent = useRef(send);
  sent.current = send;
  useEffect(
    () =>
      onBrought((brought) => {
        if (!state.current || brought.state !== state.current) return;
        state.current = "";
        setVisit((was) => was && { ...was, url: null, isOver: true });
        if (brought.code) sent.current("provider", { code: brought.code });
      }),
    [],
  );
  const going = useMutation({
    mutationFn: async ({ name, label }: { name: string; label: string }) => {
      const opened = openWindow();
      state.current = crypto.randomUUID();
      setVisit(null);
      try {
        const { url } = await visitProvider({ provider: name, state: state.current });
        opened?.location.replace(url);
        setVisit({ label, url: opened ? null : url, isOver: false });
      } catch (thrown) {
        opened?.close();
        throw thrown;
      }
    },
  });
  const providers = flow.providers ?? [];
  if (providers.length === 0) return null;
  return (
    <div className="mt-3 grid grid-cols-[minmax(0,1fr)] gap-2">
      {isOnly && (
        <p className="text-muted-foreground">{t`Sign in once more where you sign in, in a window of its own.`}</p>
      )}
      {providers.map((provider) => (
        <Button
          key={provider.name}
          variant={isOnly ? "primary" : "outline"}
          busy={going.isPending && going.variables.name === provider.name}
          disabled={busy}
          onClick={() => !going.isPending && going.mutate(provider)}
        >
          <span className="truncate">{t`Continue with ${provider.label}`}</span>
        </Button>
      ))}
      <p role="status" className="text-[0.8125rem] text-muted-foreground empty:hidden">
        {visit && <Progress visit={visit} />}
      </p>
      <ProblemNotice error={going.error && asApiError(going.error)} fields={[]} />
      {isOnly && <ProblemNotice error={error} fields={[]} />}
      {isOnly && beside && <div className="mt-2 flex justify-end">{beside}</div>}
    </div>
  );
}

function Progress({ visit: { label, url, isOver } }: { visit: Visit }) {
  const { t } = useLingui();
  if (isOver) return t`You are back from ${label}.`;
  if (!url) return t`Sign in at ${label} in the window that has opened. This one goes on by itself.`;
  return (
    <Trans>
      Your browser has opened no window.{" "}
      <a href={url} target="_blank" rel="noreferrer" className="underline underline-offset-2">
        Open {label}
      </a>
      ; this page goes on by itself.
    </Trans>
  );
}
