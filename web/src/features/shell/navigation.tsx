import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { OrionMark } from "@/components/layout/orion-mark";
import { useSession } from "@/features/session/session-life";
import { SECTION_GROUPS, type Section } from "@/lib/sections";
import { useSections } from "./use-sections";

const GROUPS: Record<Section["group"], MessageDescriptor> = { platform: msg`Platform`, people: msg`People` };

export function Navigation({ onNavigate }: { onNavigate?: () => void }) {
  const { t } = useLingui();
  const sections = useSections();
  return (
    <>
      <Link
        to="/"
        {...(onNavigate && { onClick: onNavigate })}
        className="flex h-14 shrink-0 items-center gap-2.5 self-start rounded-md px-4 focus-visible:-outline-offset-4"
      >
        <OrionMark className="size-7" />
        <span className="text-[0.9375rem] font-semibold tracking-[0.12em]">ORION</span>
      </Link>
      <nav aria-label={t`Main`} className="flex-1 overflow-y-auto px-2.5 pb-4">
        {SECTION_GROUPS.map((group) => {
          const entries = sections.filter((section) => section.group === group);
          if (entries.length === 0) return null;
          return (
            <div key={group} className="mt-4 first:mt-2">
              <h2 className="px-2 pb-1 text-xs font-medium text-muted-foreground">{t(GROUPS[group])}</h2>
              <ul className="grid gap-0.5">
                {entries.map(({ path, title, icon: Icon }) => (
                  <li key={path}>
                    <Link
                      to={path}
                      activeOptions={{ exact: path === "/", includeSearch: false }}
                      {...(onNavigate && { onClick: onNavigate })}
                      className="group flex h-9 items-center gap-2.5 rounded-md px-2 text-muted-foreground transition-colors hover:bg-accent hover:text-foreground data-[status=active]:bg-accent data-[status=active]:font-medium data-[status=active]:text-foreground md:h-8"
                    >
                      <Icon aria-hidden className="size-4 group-data-[status=active]:text-primary" />
                      <span className="truncate">{t(title)}</span>
                    </Link>
                  </li>
                ))}
              </ul>
            </div>
          );
        })}
        <ActingNote isEmpty={sections.length === 0} {...(onNavigate && { onNavigate })} />
      </nav>
    </>
  );
}

/** While somebody is acted as: whose sections these are, and the way to what everybody has, which may be all that there is. */
function ActingNote({ isEmpty, onNavigate }: { isEmpty: boolean; onNavigate?: () => void }) {
  const session = useSession();
  if (!session?.acting) return null;
  const whom = session.display_name ?? session.email;
  return (
    <div className="mt-4 grid gap-2 rounded-md border px-2.5 py-2 text-[0.8125rem] break-words text-muted-foreground">
      <p>
        {isEmpty ? (
          <Trans>
            <bdi>{whom}</bdi> may see none of the console's sections, so none is shown while you act as them.
          </Trans>
        ) : (
          <Trans>
            These are the sections that both <bdi>{whom}</bdi> and you may see.
          </Trans>
        )}
      </p>
      <Link
        to="/account"
        {...(onNavigate && { onClick: onNavigate })}
        className="justify-self-start font-medium text-foreground underline underline-offset-2"
      >
        <Trans>Their account</Trans>
      </Link>
    </div>
  );
}
