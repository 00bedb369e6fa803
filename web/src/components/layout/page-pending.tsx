import { useLingui } from "@lingui/react/macro";
import { Loading } from "@/components/state/loading";
import { Skeleton } from "@/components/ui/skeleton";

/** The shape of a page while its code or data arrives. */
export function PagePending() {
  const { t } = useLingui();
  return (
    <Loading label={t`Loading`} heading="h1" className="p-4 sm:p-6">
      <Skeleton className="h-7 w-40" />
      <Skeleton className="mt-3 h-4 w-64 max-w-full" />
      <Skeleton className="mt-8 h-40 w-full" />
    </Loading>
  );
}
