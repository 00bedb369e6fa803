import { Link } from "@tanstack/react-router";
import { Telescope } from "lucide-react";
import { EmptyState } from "@/components/state/empty-state";
import { buttonVariants } from "@/components/ui/button";
import { usePageTitle } from "./page-header";

export function NotFound() {
  usePageTitle("Not found");
  return (
    <EmptyState
      icon={Telescope}
      heading="h1"
      title="There is nothing at this address"
      action={
        <Link to="/" className={buttonVariants()}>
          Go to the overview
        </Link>
      }
    >
      The link may be old, or a letter of it may be missing.
    </EmptyState>
  );
}
