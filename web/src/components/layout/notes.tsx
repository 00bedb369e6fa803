import { lazy, Suspense, useSyncExternalStore } from "react";
import { hasNotes, watchNotes } from "@/lib/notify";

const Toaster = lazy(() => import("@/components/ui/toast").then(({ Toaster }) => ({ default: Toaster })));

/** Where notes appear; what draws them is loaded with the first one. */
export function Notes() {
  const wanted = useSyncExternalStore(watchNotes, hasNotes);
  return <Suspense>{wanted && <Toaster />}</Suspense>;
}
