import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Copy } from "lucide-react";
import type { AuditEntry } from "@/api/schema";
import { OrganisationName } from "@/features/directory/organisation-name";
import { SubjectLink } from "@/features/directory/subject-link";
import { rolesQuery } from "@/features/roles/queries";
import { useSession } from "@/features/session/session-life";
import { isId } from "@/lib/id";
import { notify } from "@/lib/notify";
import { holds } from "@/lib/permissions";
import { useRoleWords } from "@/lib/role-words";

/** What is told of a person or a program by their id. */
const ABOUT_SUBJECTS = ["user", "account", "user_preferences", "administrator"];
/** So much of an id is shown: its end, for those of one day begin alike. */
const SHORT = 8;

/** To what something was done: by name where it has one that the reader may see, otherwise by the end of its id. */
export function ObjectName({ object: { resource, resource_id: id } }: Pick<AuditEntry, "object">) {
  return (
    <span>
      {resource} {id && <Named resource={resource} id={id} />}
    </span>
  );
}

function Named({ resource, id }: { resource: string; id: string }) {
  if (!isId(id)) return id;
  if (ABOUT_SUBJECTS.includes(resource)) return <SubjectLink id={id} />;
  if (resource === "service_account") return <SubjectLink id={id} kind="service-account" />;
  if (resource === "organisation") return <OrganisationName id={id} />;
  if (resource === "role") return <RoleName id={id} />;
  return <ShortId id={id} />;
}

/** All roles are asked for once, however many there are to name. */
function RoleName({ id }: { id: string }) {
  const maySee = holds(useSession()?.permissions ?? [], "roles.read");
  const { nameOf } = useRoleWords();
  const role = useQuery({ ...rolesQuery, enabled: maySee }).data?.find((one) => one.id === id);
  if (!role) return <ShortId id={id} />;
  return (
    <Link
      to="/roles/$role"
      params={{ role: role.name }}
      className="font-medium underline decoration-border underline-offset-4 hover:decoration-current"
    >
      {nameOf(role)}
    </Link>
  );
}

/** The end of an id; the whole of it is copied. */
function ShortId({ id }: { id: string }) {
  const { t } = useLingui();
  const short = `…${id.slice(-SHORT)}`;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(id);
      notify({ type: "success", title: t`The id is copied` });
    } catch {
      // Not every browser, and no page without encryption, may write there: the id is shown.
      notify({ type: "error", title: t`The id could not be copied`, description: id });
    }
  };
  return (
    <button
      type="button"
      title={id}
      aria-label={t`Copy the id ${short}`}
      onClick={() => void copy()}
      className="inline-flex items-center gap-1 rounded-sm font-mono text-xs hover:text-foreground"
    >
      {short}
      <Copy aria-hidden className="size-3" />
    </button>
  );
}
