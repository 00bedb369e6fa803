import { getRouteApi, Link } from "@tanstack/react-router";
import { buttonVariants } from "@/components/ui/button";
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
          Look at the terminal or the log of <code className="font-mono text-xs text-foreground">orion up</code> for an
          address that ends in <code className="font-mono text-xs text-foreground">/setup#…</code> and open all of it.
          After a restart a new link is printed.
        </p>
      </EntryLayout>
    );
  }
  return (
    <EntryLayout title="Welcome to ORION" description="Make the first administrator. You will be signed in at once.">
      <SetupForm token={token} />
    </EntryLayout>
  );
}
