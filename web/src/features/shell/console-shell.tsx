import { Trans, useLingui } from "@lingui/react/macro";
import { useNavigate, useRouterState } from "@tanstack/react-router";
import { Suspense, useEffect, useRef, useState } from "react";
import { contact, useContact } from "@/api/contact";
import { onContactReturned } from "@/api/contact-return";
import { ActingBanner } from "@/features/acting/acting-banner";
import { ActingForLine } from "@/features/organisations/organisation-button";
import { useSession } from "@/features/session/session-life";
import { StepUpDialog } from "@/features/session/step-up-dialog";
import { useFollowTheme } from "@/features/session/use-choose-theme";
import { cn } from "@/lib/cn";
import { keepKeys, takeKeys } from "@/lib/early-keys";
import { fetchParts, lazyPart } from "@/lib/lazy-part";
import { useShortcuts } from "@/lib/shortcuts";
import { live } from "@/live/live";
import { LeaveGuard } from "@/parts/drafts/leave-guard";
import { ContactNotice } from "./contact-notice";
import { Header } from "./header";
import { Navigation } from "./navigation";
import type { Overlay } from "./overlays";
import { PermittedOutlet } from "./permitted";
import { SessionExpiry } from "./session-expiry";
import { useSections } from "./use-sections";

const Overlays = lazyPart(() => import("./overlays").then(({ Overlays }) => Overlays));

/** What surrounds every signed-in page. */
export function ConsoleShell() {
  const { t } = useLingui();
  const [overlay, setOverlay] = useState<Overlay>(null);
  const [wanted, setWanted] = useState(false);
  const main = useRef<HTMLElement>(null);
  const navigate = useNavigate();
  const sections = useSections();
  const isLost = useContact().lostSince !== null;
  const open = (name: Overlay) => {
    setWanted(true);
    setOverlay(name);
    // What is typed at once is for the palette, and no shortcut of the page.
    if (name !== "palette") takeKeys();
    else if (overlay !== "palette") keepKeys(() => open(null));
  };
  // Also when it could not be loaded.
  useEffect(() => () => void takeKeys(), []);

  useShortcuts({
    "mod+k": () => open("palette"),
    "?": () => open("shortcuts"),
    "/": () => main.current?.querySelector<HTMLInputElement>("[data-page-search]")?.focus(),
    ...Object.fromEntries(sections.map(({ key, path }) => [`g ${key}`, () => void navigate({ to: path })])),
  });
  useFocusOnNavigation(main);
  useContactKept();
  useFollowTheme();

  const session = useSession();
  if (!session) return null;
  return (
    <div className="grid h-dvh grid-cols-[minmax(0,1fr)] md:grid-cols-[15rem_minmax(0,1fr)]">
      <a
        href="#main"
        className="sr-only rounded-md bg-primary px-3 py-2 text-primary-foreground focus:not-sr-only focus:fixed focus:top-3 focus:left-3 focus:z-50"
      >
        <Trans>Skip to the page</Trans>
      </a>
      <aside aria-label={t`Sidebar`} className="hidden min-h-0 flex-col border-r bg-sidebar md:flex">
        <Navigation />
      </aside>
      <div className="flex min-h-0 min-w-0 flex-col">
        <Header onOpenNavigation={() => open("navigation")} onOpenPalette={() => open("palette")} />
        {session.acting && <ActingBanner session={session} acting={session.acting} />}
        <ActingForLine />
        <ContactNotice />
        <SessionExpiry />
        <StepUpDialog />
        <main
          id="main"
          // What one of them has typed or opened is not the other's.
          key={session.user_id}
          ref={main}
          // Takes the focus of a newly opened page, which needs no sign of it; it is no stop of the tab key, but where a page may
          // have nothing else to focus and scrolls: while somebody is acted as, who may only look.
          tabIndex={session.acting ? 0 : -1}
          data-stale={isLost || undefined}
          className={cn(
            "relative min-h-0 flex-1 overflow-y-auto",
            session.acting ? "focus-visible:-outline-offset-2" : "outline-none",
            isLost && "grayscale",
          )}
        >
          <PermittedOutlet />
        </main>
      </div>
      <Suspense>{wanted && <Overlays overlay={overlay} onChange={open} />}</Suspense>
      <LeaveGuard />
    </div>
  );
}

/** How long after the first page the code of all others is fetched. */
const FETCH_AFTER_MS = 1_000;

/** Notices on every page when the server is gone, and has the code of all pages at hand by then. */
function useContactKept(): void {
  useEffect(() => {
    const timer = setTimeout(() => void fetchParts(), FETCH_AFTER_MS);
    // What failed meanwhile would fail again where it is shown, and take what was typed beside it along.
    const stopFetching = onContactReturned(() => void fetchParts());
    const stopWatching = contact.watch(() => document.visibilityState === "visible");
    const letGo = live.hold();
    return () => {
      clearTimeout(timer);
      stopFetching();
      stopWatching();
      letGo();
    };
  }, []);
}

/** Moves the focus into a newly opened page, so that a screen reader reads on from there. */
function useFocusOnNavigation(main: React.RefObject<HTMLElement | null>): void {
  const section = useRouterState({ select: (state) => state.resolvedLocation?.pathname.split("/")[1] });
  const previous = useRef(section);
  useEffect(() => {
    if (previous.current === section) return;
    const isFirst = previous.current === undefined;
    previous.current = section;
    if (!isFirst) main.current?.focus({ preventScroll: true });
  }, [section, main]);
}
