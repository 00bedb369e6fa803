import { useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import type { User } from "@/api/schema";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { RoleName } from "@/components/ui/role-names";
import { useFormat } from "@/lib/format";

/** What is known of a user. */
export function UserFacts({ user }: { user: User }) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const facts: [label: string, value: ReactNode][] = [
    [
      t`Roles`,
      <Badges key="roles">
        {user.roles.map((name) => (
          <Badge key={name}>
            <RoleName name={name} />
          </Badge>
        ))}
      </Badges>,
    ],
    [t`Username`, user.username ?? "–"],
    [t`First name`, user.first_name ?? "–"],
    [t`Last name`, user.last_name ?? "–"],
    [t`Phone`, user.phone ?? "–"],
    [t`Location`, user.location ?? "–"],
    [t`Website`, user.website ? <Outside key="website" address={user.website} /> : "–"],
    [t`Elsewhere`, <Links key="links" links={user.social_links} />],
    [
      t`Tags`,
      <Badges key="tags">
        {user.tags.map((tag) => (
          <Badge key={tag}>{tag}</Badge>
        ))}
      </Badges>,
    ],
    [t`Language`, user.locale],
    [t`Time zone`, user.timezone],
    [t`Address confirmed`, user.is_verified ? t`Yes` : t`No`],
    [t`Last sign-in`, user.last_login_at ? formatDateTime(user.last_login_at) : t`Never`],
    [t`Joined`, formatDateTime(user.created_at)],
    [
      t`Id`,
      <code key="id" className="font-mono text-xs break-all select-all">
        {user.id}
      </code>,
    ],
  ];
  return (
    <Card className="p-4 sm:p-5">
      <dl className="grid grid-cols-[minmax(0,1fr)] gap-x-6 gap-y-3 sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)] lg:grid-cols-[repeat(3,minmax(0,1fr))]">
        {facts.map(([label, value]) => (
          <div key={label} className="min-w-0">
            <dt className="text-xs text-muted-foreground">{label}</dt>
            <dd className="mt-0.5 break-words">{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

function Badges({ children }: { children: readonly ReactNode[] }) {
  return <span className="flex flex-wrap gap-1">{children.length === 0 ? "–" : children}</span>;
}

function Links({ links }: { links: Readonly<Record<string, string>> }) {
  const places = Object.entries(links);
  if (places.length === 0) return "–";
  return (
    <span className="flex flex-wrap gap-x-3">
      {places.map(([place, address]) => (
        <Outside key={place} address={address} words={place} />
      ))}
    </span>
  );
}

/** An address that somebody wrote themselves: where it leads learns nothing of where it was followed. */
function Outside({ address, words = address }: { address: string; words?: string }) {
  return (
    <a
      href={address}
      target="_blank"
      rel="noopener noreferrer nofollow"
      className="break-all underline underline-offset-2"
    >
      {words}
    </a>
  );
}
