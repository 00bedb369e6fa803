import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { asApiError } from "@/api/problem";
import { ErrorState } from "@/components/state/error-state";
import { Skeleton } from "@/components/ui/skeleton";
import { EntryLayout } from "./entry-layout";
import { type LinkPurpose, linkQuery } from "./queries";

interface CheckedLinkProps {
  purpose: LinkPurpose;
  token: string;
  title: string;
  description: string;
  /** What is shown in the form's place when the link is not valid. */
  stale: ReactNode;
  /** The form. */
  children: ReactNode;
}

/** Asks about the link before anybody fills in a form for nothing. */
export function CheckedLink({ purpose, token, title, description, stale, children }: CheckedLinkProps) {
  const { t } = useLingui();
  const { error, isPending, isFetching, refetch } = useQuery(linkQuery(purpose, token));
  if (error && asApiError(error).kind === `${purpose}-link-invalid`) return stale;
  return (
    <EntryLayout title={title} description={description}>
      {error ? (
        <ErrorState error={error} retry={() => void refetch()} busy={isFetching} />
      ) : isPending ? (
        <Skeleton className="h-64" role="status" aria-label={t`Looking at the link`} aria-hidden={false} />
      ) : (
        children
      )}
    </EntryLayout>
  );
}

/** A link that is good no more. @param children what to do for another one, as items of a list */
export function StaleLink({ description, children }: { description: string; children: ReactNode }) {
  const { t } = useLingui();
  return (
    <EntryLayout title={t`This link is not valid any more`} description={description}>
      <ol className="grid list-decimal gap-2 rounded-lg border bg-card py-4 pr-4 pl-8 shadow-xs marker:text-muted-foreground">
        {children}
      </ol>
    </EntryLayout>
  );
}

/** Where the link for the first administrator is found. */
export function WhereSetupLinkIs() {
  return (
    <p className="rounded-lg border bg-card p-4 text-muted-foreground shadow-xs">
      <Trans>
        Look at the terminal or the log of <Code>orion up</Code> for an address that ends in <Code>/setup#…</Code> and
        open all of it. After a restart a new link is printed.
      </Trans>
    </p>
  );
}

export function Code({ children }: { children: string }) {
  return <code className="font-mono text-xs whitespace-nowrap text-foreground">{children}</code>;
}
