import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { useSession } from "@/features/session/session-life";
import { holds } from "@/lib/permissions";
import type { Subject } from "./subject";
import { useSubject } from "./use-subject";

/** So much of an id is shown: its end, for those of one day begin alike. */
const SHORT = 8;
const LINK = "font-medium underline decoration-border underline-offset-4 hover:decoration-current";

/** A person or a program by name, which leads to their page, as far as the reader may see them; otherwise by the end of the id. */
export function SubjectLink({ id, kind }: { id: string; kind?: Subject["kind"] }) {
  const maySee = holds(useSession()?.permissions ?? [], "users.read");
  const { known, isGone } = useSubject(id, kind);
  const name = known ? (
    <bdi>{known.name}</bdi>
  ) : (
    <code className="font-mono text-xs" title={id}>
      …{id.slice(-SHORT)}
    </code>
  );
  if (isGone) {
    return (
      <span>
        {name} <Trans>(deleted)</Trans>
      </span>
    );
  }
  if (known?.kind === "service-account") {
    return (
      <Link to="/api-keys/service-accounts/$accountId" params={{ accountId: id }} className={LINK}>
        {name}
      </Link>
    );
  }
  if (!maySee || kind === "service-account") return name;
  return (
    <Link to="/users/$userId" params={{ userId: id }} className={LINK}>
      {name}
    </Link>
  );
}
