import { useBlocker, useRouter } from "@tanstack/react-router";
import { Suspense, useEffect, useRef, useState } from "react";
import { lazyPart } from "@/lib/lazy-part";
import { isUnsaved, mayLeave, useIsUnsaved, useLeaveQuestion } from "./drafts";

const LeaveDialog = lazyPart(() => import("./leave-dialog").then(({ LeaveDialog }) => LeaveDialog));

/**
 * Asks before somebody goes to another page, or closes this one, while a form holds what was not saved (`useDraft`). Once on the
 * page, around all forms. A navigation with `ignoreBlocker` is not asked about.
 */
export function LeaveGuard() {
  const { history } = useRouter();
  const isGuarded = useIsUnsaved();
  const question = useLeaveQuestion();
  const [wasAsked, setAsked] = useState(false);
  const leaves = useRef(false);
  useEffect(() => {
    if (!question) return;
    leaves.current = false;
    setAsked(true);
  }, [question]);
  /** Whether to go on to another page; not where one has left meanwhile, as when the session was over. */
  const mayGo = async () => {
    const { pathname } = history.location;
    leaves.current = (await mayLeave()) && history.location.pathname === pathname;
    return leaves.current;
  };
  useBlocker({
    shouldBlockFn: async ({ action, current, next }) => {
      // What stands in the address beside the path, such as a filter, is of the same page: its forms stay.
      if (current.pathname === next.pathname) return false;
      const isGoneTo = action !== "PUSH" && action !== "REPLACE";
      // Where it stands in the history, as the router counts; a link within the page makes entries that are not counted.
      const place: number | undefined = isGoneTo ? window.history.state?.__TSR_index : undefined;
      if (place === undefined) return !(await mayGo());
      // The browser is there already. It comes back before somebody answers, who may go back once more meanwhile.
      const steps = place - history.location.state.__TSR_index;
      void mayGo().then((goes) => goes && history.go(steps, { ignoreBlocker: true }));
      return true;
    },
    disabled: !isGuarded,
    enableBeforeUnload: isUnsaved,
  });
  // A page that is gone to takes the focus itself.
  const returnFocus = () => !leaves.current;
  return <Suspense>{wasAsked && <LeaveDialog question={question} returnFocus={returnFocus} />}</Suspense>;
}
