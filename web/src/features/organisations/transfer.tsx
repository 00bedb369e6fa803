import { Trans, useLingui } from "@lingui/react/macro";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { Organisation, OrganisationMember } from "@/api/schema";
import { membersQuery } from "@/features/directory/queries";
import { memberName } from "@/features/directory/user-texts";
import { useSession } from "@/features/session/session-life";
import { useFormat } from "@/lib/format";
import { notify } from "@/lib/notify";
import { ORGANISATIONS } from "@/lib/query-keys";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { transferOrganisation } from "./queries";
import { owns } from "./use-inside-roles";

interface TransferProps {
  organisation: Organisation;
  /** Who is to own it. */
  member: OrganisationMember;
  open: boolean;
  onClose: () => void;
}

/** Hands an organisation over, and says before and after who owns it. Whoever does not own it takes it from nobody. */
export function Transfer({ organisation, member, open, onClose }: TransferProps) {
  const { t } = useLingui();
  const { formatList } = useFormat();
  const queryClient = useQueryClient();
  const own = useSession()?.user_id;
  const members = useInfiniteQuery({ ...membersQuery(organisation.id), enabled: open });
  const known = members.data?.pages.flatMap(({ items }) => items) ?? [];
  const owners = known.filter(owns);
  const isOwner = owners.some(({ user_id: id }) => id === own);
  const isListed = !members.hasNextPage || known.some(({ user_id: id }) => id === own);
  const remaining = owners.filter(({ user_id: id }) => id !== own && id !== member.user_id);
  const [name, whole] = [memberName(member), organisation.name];
  const others = formatList(remaining.map(memberName));
  const run = async () => {
    await transferOrganisation(organisation.id, member.user_id);
    notify({
      type: "success",
      title: t`${name} owns ${whole} now`,
      ...(remaining.length > 0 && { description: t`Still owners of it: ${others}` }),
    });
    await queryClient.invalidateQueries({ queryKey: ORGANISATIONS });
  };
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title={t`Make ${name} the owner of ${whole}?`}
      action={t`Make the owner`}
      run={run}
    >
      <p>
        <Trans>They may do everything inside, also hand it over and delete it.</Trans>
      </p>
      <WhoOwns
        now={owners.map(memberName)}
        afterwards={[name, ...remaining.map(memberName)]}
        caller={isListed ? (isOwner ? "owner" : "other") : "unknown"}
        hasMore={members.hasNextPage}
      />
    </ConfirmDialog>
  );
}

interface WhoOwnsProps {
  now: readonly string[];
  afterwards: readonly string[];
  /** Whether the reader owns it, as far as the members are listed. */
  caller: "owner" | "other" | "unknown";
  /** Whether there are members that are not listed. */
  hasMore: boolean;
}

/** Who owns it, who will, and what becomes of who does. */
function WhoOwns(props: WhoOwnsProps) {
  const { t } = useLingui();
  const { formatList } = useFormat();
  // As it was when it was asked: handing it over changes it while the dialog closes.
  const [{ now, afterwards, caller, hasMore }] = useState(props);
  return (
    <>
      <dl className="mt-3 grid gap-2 rounded-md border px-3 py-2">
        <Owners title={t`Owners now`}>
          {now.length > 0 ? <bdi>{formatList(now)}</bdi> : <Trans>Nobody who is listed yet</Trans>}
        </Owners>
        <Owners title={t`Owners afterwards`}>
          <bdi>{formatList(afterwards)}</bdi>
        </Owners>
      </dl>
      <p className="mt-3">
        {caller === "unknown" ? (
          <Trans>If you own it yourself, you stay as an administrator of it. Other owners stay what they are.</Trans>
        ) : caller === "owner" ? (
          <Trans>You stay as an administrator of it.</Trans>
        ) : (
          <Trans>
            You do not own it yourself, so nothing is taken from anybody: whoever owns it now stays an owner. Take the
            role of the owner from them on this page, if they shall not.
          </Trans>
        )}{" "}
        {hasMore && <Trans>Owners among the members that are not listed yet stay owners, too.</Trans>}
      </p>
    </>
  );
}

function Owners({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-xs text-muted-foreground">{title}</dt>
      <dd className="break-words text-foreground">{children}</dd>
    </div>
  );
}
