import { Lock } from "lucide-react";
import { Suspense } from "react";
import { EmptyState } from "@/components/state/empty-state";
import { useSession } from "@/features/session/session-life";
import type { LazyPart } from "@/lib/lazy-part";
import type { PermissionName } from "@/lib/permissions";
import { PagePending } from "./page-pending";

/** A page for those who hold a permission. The server refuses the data to everybody else all the same. */
export function permitted(permission: PermissionName, Page: LazyPart<object>): LazyPart<object> {
  const PermittedPage = () => {
    const session = useSession();
    if (!session) return null;
    return session.permissions.includes(permission) ? (
      <Suspense fallback={<PagePending />}>
        <Page />
      </Suspense>
    ) : (
      <EmptyState icon={Lock} heading="h1" title="You may not see this page">
        It needs the permission <code className="font-mono text-xs">{permission}</code>. Somebody who may assign roles
        can give it to you.
      </EmptyState>
    );
  };
  return Object.assign(PermittedPage, { preload: Page.preload });
}
