import type { ReactNode } from "react";
import { LanguageButton } from "@/components/layout/language-button";
import { OrionMark } from "@/components/layout/orion-mark";
import { usePageTitle } from "@/components/layout/page-header";
import { NightSky } from "./night-sky";
import { ThemeButton } from "./theme-button";

interface EntryLayoutProps {
  title: string;
  description: ReactNode;
  children: ReactNode;
}

/** The frame of the pages before the sign-in. */
export function EntryLayout({ title, description, children }: EntryLayoutProps) {
  usePageTitle(title);
  return (
    <div className="grid min-h-dvh grid-cols-[minmax(0,1fr)] lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
      <div className="flex flex-col px-5 py-5 sm:px-8">
        <header className="flex items-center gap-2.5">
          <OrionMark className="size-7" />
          <span className="text-[0.9375rem] font-semibold tracking-[0.12em]">ORION</span>
          <div className="ml-auto flex items-center gap-1">
            <LanguageButton />
            <ThemeButton />
          </div>
        </header>
        {/* Begins at a fixed height: in the middle it would jump with each message of a form. */}
        <main className="mx-auto w-full max-w-sm flex-1 py-10 sm:pt-[16vh]">
          <h1 className="text-2xl font-semibold tracking-tight">{title}</h1>
          <div className="mt-1.5 text-muted-foreground">{description}</div>
          <div className="mt-7">{children}</div>
        </main>
      </div>
      <NightSky className="hidden lg:block" />
    </div>
  );
}
