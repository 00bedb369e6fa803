import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { asApiError } from "@/api/problem";
import { setupLinkQuery } from "@/api/queries";
import { ErrorState } from "@/components/state/error-state";
import { buttonVariants } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { EntryLayout } from "./entry-layout";
import { SetupForm } from "./setup-form";
import { useTokenFromLink } from "./token-from-link";

const route = getRouteApi("/setup");

export function SetupPage() {
  const { needs_setup: needsSetup } = route.useLoaderData();
  const token = useTokenFromLink("/setup");

  if (!needsSetup) {
    return (
      <EntryLayout
        title="ORION is set up"
        description="The one-time link has done its work: there is an administrator."
      >
        <Link to="/sign-in" className={buttonVariants({ variant: "primary" })}>
          Sign in
        </Link>
      </EntryLayout>
    );
  }
  if (!token) {
    return (
      <EntryLayout
        title="Open the one-time link"
        description="There is no administrator yet. ORION printed a link for making the first one when it started."
      >
        <p className="rounded-lg border bg-card p-4 text-muted-foreground shadow-xs">
          Look at the terminal or the log of <Code>orion up</Code> for an address that ends in <Code>/setup#…</Code> and
          open all of it. After a restart a new link is printed.
        </p>
      </EntryLayout>
    );
  }
  return <CheckedLink token={token} />;
}

/** Asks about the link before anybody fills in a form for nothing. */
function CheckedLink({ token }: { token: string }) {
  const { error, isPending, isFetching, refetch } = useQuery(setupLinkQuery(token));
  if (error && asApiError(error).kind === "setup-link-invalid") return <StaleLink />;
  return (
    <EntryLayout title="Welcome to ORION" description="Make the first administrator. You will be signed in at once.">
      {error ? (
        <ErrorState error={error} retry={() => void refetch()} busy={isFetching} />
      ) : isPending ? (
        <Skeleton className="h-64" role="status" aria-label="Looking at the link" aria-hidden={false} />
      ) : (
        <SetupForm token={token} />
      )}
    </EntryLayout>
  );
}

function StaleLink() {
  return (
    <EntryLayout
      title="This link is not valid any more"
      description="A link is good for one day, and each start of ORION prints a new one that replaces it."
    >
      <ol className="grid list-decimal gap-2 rounded-lg border bg-card py-4 pr-4 pl-8 shadow-xs marker:text-muted-foreground">
        <li>
          Start ORION again: stop <Code>orion up</Code> with Ctrl-C and run it once more.
        </li>
        <li>
          Open the whole address that ends in <Code>/setup#…</Code>, as it is printed then.
        </li>
      </ol>
    </EntryLayout>
  );
}

function Code({ children }: { children: string }) {
  return <code className="font-mono text-xs text-foreground">{children}</code>;
}
