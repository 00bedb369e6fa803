import { Trans, useLingui } from "@lingui/react/macro";
import { Copy, Download } from "lucide-react";
import { useEffect, useRef } from "react";
import { Button, buttonVariants } from "@/components/ui/button";
import { notify } from "@/lib/notify";

interface BackupCodesProps {
  codes: readonly string[];
  onKept: () => void;
  /** Whether it is being said that they are kept. */
  busy?: boolean;
}

/** Backup codes, shown once: to be copied, or kept as a file. */
export function BackupCodes({ codes, onKept, busy = false }: BackupCodesProps) {
  const { t } = useLingui();
  const text = `${codes.join("\n")}\n`;
  const place = useRef<HTMLDivElement>(null);
  // What had the focus is gone.
  useEffect(() => place.current?.focus(), []);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      notify({ type: "success", title: t`Copied` });
    } catch {
      notify({ type: "error", title: t`The browser does not let this page use the clipboard` });
    }
  };
  return (
    <div ref={place} tabIndex={-1} className="grid grid-cols-[minmax(0,1fr)] gap-3 outline-none">
      <p>
        <Trans>
          Keep these backup codes in a safe place. Each signs you in once when your second factor is not at hand. They
          are shown only now.
        </Trans>
      </p>
      <ul className="grid grid-cols-2 gap-x-6 gap-y-1 rounded-md border bg-muted px-4 py-3 font-mono select-all sm:max-w-md">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <Button onClick={copy}>
          <Copy aria-hidden />
          <Trans>Copy</Trans>
        </Button>
        <a
          className={buttonVariants()}
          download="orion-backup-codes.txt"
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(text)}`}
        >
          <Download aria-hidden />
          <Trans>Download</Trans>
        </a>
        <Button variant="primary" busy={busy} onClick={onKept}>
          <Trans>I have kept them</Trans>
        </Button>
      </div>
    </div>
  );
}
