import { getRouteApi, Link, useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { buttonVariants } from "@/components/ui/button";
import { EntryLayout } from "./entry-layout";
import { SetupForm } from "./setup-form";

const route = getRouteApi("/setup");

export function SetupPage() {
  const { needs_setup: needsSetup } = route.useLoaderData();
  const token = useTokenFromLink();

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

/** The token of the link's fragment, which then leaves the address bar, the history and any screenshot of them. */
function useTokenFromLink(): string {
  const router = useRouter();
  const [token] = useState(() => window.location.hash.slice(1));
  useEffect(() => {
    if (token) router.history.replace("/setup");
  }, [token, router]);
  return token;
}
