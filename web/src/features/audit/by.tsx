import { Trans } from "@lingui/react/macro";
import type { AuditEntry } from "@/api/schema";
import { SubjectLink } from "@/features/directory/subject-link";

/** What an entry says of who did it. Kinds of a newer version say what they are by themselves. */
function principalOf(entry: AuditEntry): { user: string } | { program: string } | { name: string } {
  const principal = entry.principal as { kind: string; user_id?: string; id?: string; service?: string };
  if (principal.user_id) return { user: principal.user_id };
  if (principal.kind === "service_account" && principal.id) return { program: principal.id };
  return { name: [principal.kind, principal.service ?? principal.id].filter(Boolean).join(" ") };
}

/** Who did it: "Ada as Grace", where somebody acted as somebody else. */
export function By({ entry }: { entry: AuditEntry }) {
  const who = principalOf(entry);
  const shown =
    "user" in who ? (
      <SubjectLink id={who.user} />
    ) : "program" in who ? (
      <SubjectLink id={who.program} kind="service-account" />
    ) : (
      <span>{who.name}</span>
    );
  return (
    <span className="inline-flex flex-wrap items-baseline gap-x-1.5 text-[0.8125rem]">
      {entry.actor ? (
        <Trans>
          <SubjectLink id={entry.actor} /> as {shown}
        </Trans>
      ) : (
        shown
      )}
    </span>
  );
}
