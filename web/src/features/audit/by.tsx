import { Trans, useLingui } from "@lingui/react/macro";
import type { AuditEntry } from "@/api/schema";
import { SubjectLink } from "@/features/directory/subject-link";

interface Principal {
  kind: string;
  user_id?: string;
  id?: string;
  service?: string;
}

/** What an entry says of who did it. */
function principalOf(principal: Principal): { user: string } | { program: string } | { other: Principal } {
  if (principal.user_id) return { user: principal.user_id };
  if (principal.kind === "service_account" && principal.id) return { program: principal.id };
  return { other: principal };
}

/** Who is neither a person nor a program with an account. Kinds of a newer version say what they are by themselves. */
function Other({ kind, service, id }: Principal) {
  const { t } = useLingui();
  if (kind === "platform") return t`the platform`;
  if (kind === "service" && service) return t`the service ${service}`;
  if (kind === "anonymous") return t`nobody who is known`;
  return [kind, service ?? id].filter(Boolean).join(" ");
}

/** Who did it: "Ada as Grace", where somebody acted as somebody else. */
export function By({ entry }: { entry: AuditEntry }) {
  const who = principalOf(entry.principal as Principal);
  const shown =
    "user" in who ? (
      <SubjectLink id={who.user} />
    ) : "program" in who ? (
      <SubjectLink id={who.program} kind="service-account" />
    ) : (
      <span>
        <Other {...who.other} />
      </span>
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
