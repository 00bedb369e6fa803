import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Section } from "@/components/layout/section";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Skeleton } from "@/components/ui/skeleton";
import { PictureEditor } from "@/features/avatar/picture-editor";
import { userName } from "@/features/directory/user-texts";
import { useSession } from "@/features/session/session-life";
import { holds } from "@/lib/permissions";
import { ownProfileQuery } from "./own-profile";

/** One's own picture. */
export function OwnPicture() {
  const { t } = useLingui();
  const mayWrite = holds(useSession()?.permissions ?? [], "profile.write");
  const { data, error, refetch, isFetching } = useQuery({ ...ownProfileQuery, enabled: mayWrite });
  if (!mayWrite) return null;
  return (
    <Section title={t`Picture`}>
      {data ? (
        <PictureEditor name={userName(data)} url={data.avatar_url} />
      ) : error ? (
        <ErrorState error={error} retry={() => void refetch()} busy={isFetching} />
      ) : (
        <Loading label={t`Loading the picture`} className="flex items-center gap-4">
          <Skeleton className="size-20 rounded-full" />
          <Skeleton className="h-9 w-40" />
        </Loading>
      )}
    </Section>
  );
}
