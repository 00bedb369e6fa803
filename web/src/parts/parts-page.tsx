import { type ReactNode, useState } from "react";
import { Button } from "@/components/ui/button";
import { chooseTheme } from "@/lib/theme";
import { ChartDemo } from "./chart/chart.demo";
import { ConfirmDemo } from "./confirm/confirm.demo";
import { TableDemo } from "./data-table/data-table.demo";
import { DiffDemo } from "./diff/diff.demo";
import { FormDemo } from "./schema-form/schema-form.demo";
import { TimelineDemo } from "./timeline/timeline.demo";

const PARTS: { id: string; title: string; text: string; demo: ReactNode }[] = [
  { id: "table", title: "Data table", text: "Lists of what the server has, of any length.", demo: <TableDemo /> },
  { id: "chart", title: "Chart", text: "Numbers over time.", demo: <ChartDemo /> },
  { id: "form", title: "Schema form", text: "Settings, as their schema describes them.", demo: <FormDemo /> },
  { id: "diff", title: "Diff view", text: "What a version changes.", demo: <DiffDemo /> },
  { id: "timeline", title: "Timeline", text: "What happened to one thing.", demo: <TimelineDemo /> },
  { id: "confirm", title: "Are you sure", text: "Before what somebody may regret.", demo: <ConfirmDemo /> },
];

/** All parts that screens are made of, with data of their own. Only the development server shows it. */
export function PartsPage() {
  const [isDark, setDark] = useState(() => document.documentElement.classList.contains("dark"));
  const turn = () => {
    chooseTheme(isDark ? "light" : "dark");
    setDark(!isDark);
  };
  return (
    <div className="mx-auto max-w-6xl p-4 sm:p-8">
      <header className="flex items-start gap-4">
        <div className="min-w-0 flex-1">
          <h1 className="text-xl font-semibold tracking-tight">The parts of screens</h1>
          <p className="mt-0.5 text-muted-foreground">Each with data of its own; no server is asked.</p>
        </div>
        <Button onClick={turn}>{isDark ? "Light" : "Dark"}</Button>
      </header>
      <nav aria-label="Parts" className="mt-4 flex flex-wrap gap-x-4 gap-y-1">
        {PARTS.map(({ id, title }) => (
          <a key={id} href={`#${id}`} className="text-primary underline underline-offset-4">
            {title}
          </a>
        ))}
      </nav>
      <main>
        {PARTS.map(({ id, title, text, demo }) => (
          <section key={id} id={id} aria-labelledby={`${id}-title`} className="scroll-mt-4 pt-10">
            <h2 id={`${id}-title`} className="text-base font-semibold tracking-tight">
              {title}
            </h2>
            <p className="mb-4 text-muted-foreground">{text}</p>
            {demo}
          </section>
        ))}
      </main>
    </div>
  );
}
