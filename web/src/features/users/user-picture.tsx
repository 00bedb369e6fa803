import { useLingui } from "@lingui/react/macro";
import type { User } from "@/api/schema";
import { PageSection } from "@/components/layout/page-section";
import { PictureEditor } from "@/features/avatar/picture-editor";
import { userName } from "@/features/directory/user-texts";

/** The picture of a user, for whoever may change it. */
export function UserPicture({ user }: { user: User }) {
  const { t } = useLingui();
  return (
    <PageSection title={t`Picture`}>
      <div className="p-4 sm:p-5">
        <PictureEditor whose={user.id} name={userName(user)} url={user.avatar_url} />
      </div>
    </PageSection>
  );
}
