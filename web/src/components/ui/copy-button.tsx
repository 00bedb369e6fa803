import { useLingui } from "@lingui/react/macro";
import { Copy } from "lucide-react";
import { notify } from "@/lib/notify";
import { Button } from "./button";

/** Puts a short text on the clipboard. @param what is copied, such as "Id" */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const { t } = useLingui();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      notify({ type: "success", title: t`Copied`, description: text });
    } catch {
      notify({ type: "error", title: t`The browser does not let this page use the clipboard` });
    }
  };
  return (
    <Button variant="ghost" size="iconSmall" className="size-6" aria-label={t`Copy: ${what}`} onClick={copy}>
      <Copy aria-hidden />
    </Button>
  );
}
