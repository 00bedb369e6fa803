import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { type RefObject, useState } from "react";
import { asApiError } from "@/api/problem";
import type { Setting } from "@/api/schema";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { findSetting, resetSetting, takeSetting } from "./queries";
import { ReasonField } from "./reason-field";
import { useNodeOf } from "./setting-node";
import { useValueText } from "./use-value-text";

interface TakeBackDialogProps {
  /** As it was when the question was asked. Another one is another question. */
  setting: Setting;
  open: boolean;
  onClose: () => void;
  onDone: (setting: Setting) => void;
  returnFocus: RefObject<HTMLElement | null>;
}

/** Asks before the value of the start is given back; once more, with the new value, where somebody else was faster. */
export function TakeBackDialog({ setting, open, onClose, onDone, returnFocus }: TakeBackDialogProps) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const valueText = useValueText();
  const [seen, setSeen] = useState(setting);
  const [reason, setReason] = useState("");
  const [reasonError, setReasonError] = useState<string>();
  const node = useNodeOf()(seen);
  const { label } = node;
  const value = valueText(node, seen.value);
  const start = valueText(node, seen.start_value);
  const take = async () => {
    setReasonError(undefined);
    try {
      onDone(await resetSetting(seen, reason.trim()));
    } catch (thrown) {
      const error = asApiError(thrown);
      setReasonError(error.fieldErrors.reason);
      if (error.kind === "precondition-failed") {
        const now = await findSetting(seen.key);
        setSeen(now);
        await takeSetting(queryClient, now);
      }
      throw error;
    }
  };
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title={t`Take back what was changed: ${label}?`}
      action={t`Take back`}
      run={take}
      returnFocus={returnFocus}
    >
      <p>
        <Trans>
          It is <strong className="font-medium text-foreground">{value}</strong> now. Then each process has the value
          again with which it was started, here <strong className="font-medium text-foreground">{start}</strong>, within
          a moment.
        </Trans>
      </p>
      <p className="mt-2">
        <Trans>The history keeps both, so the change can be put back.</Trans>
      </p>
      <div className="mt-4">
        <ReasonField value={reason} onChange={setReason} error={reasonError} />
      </div>
    </ConfirmDialog>
  );
}
