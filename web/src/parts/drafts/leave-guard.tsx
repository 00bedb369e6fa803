import { useBlocker } from "@tanstack/react-router";
import { Suspense, useEffect, useRef, useState } from "react";
import { lazyPart } from "@/lib/lazy-part";
import { mayLeave, useIsUnsaved, useLeaveQuestion } from "./drafts";

const LeaveDialog = lazyPart(() => import("./leave-dialog").then(({ LeaveDialog }) => LeaveDialog));

/**
 * Asks before somebody goes to another page, or closes this one, while a form holds what was not saved (`useDraft`). Once on the
 * page, around all forms. A navigation with `ignoreBlocker` is not asked about.
 */
export function LeaveGuard() {
  const isUnsaved = useIsUnsaved();
  const question = useLeaveQuestion();
  const [wasAsked, setAsked] = useState(false);
  const leaves = useRef(false);
  useEffect(() => {
    if (!question) return;
    leaves.current = false;
    setAsked(true);
  }, [question]);
  useBlocker({
    shouldBlockFn: async ({ current, next }) => {
      // What stands in the address beside the path, such as a filter, is of the same page: its forms stay.
      if (current.pathname === next.pathname) return false;
      leaves.current = await mayLeave();
      return !leaves.current;
    },
    disabled: !isUnsaved,
    enableBeforeUnload: true,
  });
  // A page that is gone to takes the focus itself.
  const returnFocus = () => !leaves.current;
  return <Suspense>{wasAsked && <LeaveDialog question={question} returnFocus={returnFocus} />}</Suspense>;
}
