import { Trans, useLingui } from "@lingui/react/macro";
import { Copy } from "lucide-react";
import { useEffect, useRef } from "react";
import type { NewApiKey } from "@/api/schema";
import { Button } from "@/components/ui/button";
import { notify } from "@/lib/notify";

interface NewSecretProps {
  made: NewApiKey;
  onKept: () => void;
}

/** The secret of a key, shown once: to be copied. */
export function NewSecret({ made, onKept }: NewSecretProps) {
  const { t } = useLingui();
  const { secret, not_held: notHeld } = made;
  const place = useRef<HTMLDivElement>(null);
  // What had the focus is gone.
  useEffect(() => place.current?.focus(), []);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(secret);
      notify({ type: "success", title: t`Copied` });
    } catch {
      notify({ type: "error", title: t`The browser does not let this page use the clipboard` });
    }
  };
  return (
    <div ref={place} tabIndex={-1} className="mt-4 grid grid-cols-[minmax(0,1fr)] gap-3 outline-none">
      <p>
        <Trans>
          Keep this secret where the program finds it, and nowhere else. It is shown only now; nobody can read it again.
        </Trans>
      </p>
      <code className="rounded-md border bg-muted px-4 py-3 font-mono text-[0.8125rem] break-all select-all">
        {secret}
      </code>
      {notHeld.length > 0 && (
        <p>
          <Trans>
            Its owner does not hold these for certain, so that they count for nothing as long as that is so:{" "}
            <span className="font-mono text-xs break-words">{notHeld.join(", ")}</span>
          </Trans>
        </p>
      )}
      <div className="flex flex-wrap-reverse justify-end gap-2">
        <Button onClick={copy}>
          <Copy aria-hidden />
          <Trans>Copy</Trans>
        </Button>
        <Button variant="primary" onClick={onKept}>
          <Trans>I have kept it</Trans>
        </Button>
      </div>
    </div>
  );
}
