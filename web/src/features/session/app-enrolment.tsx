import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { ErrorState } from "@/components/state/error-state";
import { Skeleton } from "@/components/ui/skeleton";
import { AppKey } from "./app-key";
import { enrolApp } from "./session";

/** The key for an authenticator app, at a sign-in that asks for a second factor where there is none. */
export function AppEnrolment() {
  const { t } = useLingui();
  const { data, error, refetch, isFetching } = useQuery({
    queryKey: ["app-enrolment"],
    queryFn: enrolApp,
    // Each answer is another key.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  return (
    <div className="mb-5 grid gap-3">
      <p className="text-muted-foreground">
        <Trans>A role of yours may not be used with a password alone. Set up an authenticator app now.</Trans>
      </p>
      {error ? (
        <ErrorState error={error} retry={() => void refetch()} busy={isFetching} />
      ) : data ? (
        <AppKey enrolment={data} />
      ) : (
        <Skeleton className="h-64" role="status" aria-label={t`Making a key`} aria-hidden={false} />
      )}
    </div>
  );
}
