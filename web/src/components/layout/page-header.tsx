import { type ReactNode, useEffect } from "react";

/** The box of every page: one width, so that nothing jumps from page to page. */
export const PAGE_BOX = "mx-auto w-full max-w-7xl p-4 sm:p-6";

/** Names the browser's tab. */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · ORION`;
  }, [title]);
}

interface PageHeaderProps {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
}

/** A page's heading; moving between pages puts the focus here (see the shell). */
export function PageHeader({ title, description, actions }: PageHeaderProps) {
  usePageTitle(title);
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
      <div className="min-w-0 flex-1 basis-44">
        <h1 tabIndex={-1} data-page-heading className="text-xl font-semibold tracking-tight break-words outline-none">
          {title}
        </h1>
        {description && <div className="mt-0.5 break-words text-muted-foreground">{description}</div>}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </div>
  );
}
