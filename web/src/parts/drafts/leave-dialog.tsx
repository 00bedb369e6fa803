import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import type { LeaveQuestion } from "./drafts";
import { useWords } from "./words";

interface LeaveDialogProps {
  question: LeaveQuestion | null;
  /** Whether the focus goes back in the end to where it was. */
  returnFocus: () => boolean;
}

/** Asks whether what was typed may be lost. */
export function LeaveDialog({ question, returnFocus }: LeaveDialogProps) {
  const words = useWords();
  return (
    <ConfirmDialog
      open={question !== null}
      onOpenChange={(open) => !open && question?.answer(false)}
      title={words.title}
      action={words.leave}
      tone="danger"
      run={async () => question?.answer(true)}
      returnFocus={returnFocus}
    >
      {words.text}
    </ConfirmDialog>
  );
}
