import { Suspense, useSyncExternalStore } from "react";
import { lazyPart } from "@/lib/lazy-part";
import { hasNotes, watchNotes } from "@/lib/notify";

const Toaster = lazyPart(() => import("@/components/ui/toast").then(({ Toaster }) => Toaster));

/** Where notes appear; what draws them is loaded with the first one. */
export function Notes() {
  const wanted = useSyncExternalStore(watchNotes, hasNotes);
  return <Suspense>{wanted && <Toaster />}</Suspense>;
}
