import { ApiError } from "@/api/problem";
import { Chart } from "./chart";
import { Sparkline } from "./sparkline";

const START = Date.UTC(2026, 10, 27, 9);
const STEP_MS = 60_000;
const wave = (index: number, height: number, phase: number) =>
  Math.max(0, Math.round(height * (1 + 0.5 * Math.sin(index / 9 + phase) + 0.2 * Math.sin(index / 2.3 + phase))));

/** Two hours, of which some minutes were not measured. */
const MOMENTS = Array.from({ length: 120 }, (_, index) => index).filter((index) => index < 70 || index > 78);
const TIMES = MOMENTS.map((index) => START + index * STEP_MS);
const TRAFFIC = [
  { label: "Requests", values: MOMENTS.map((index) => wave(index, 420, 0)), area: true },
  { label: "Refused", values: MOMENTS.map((index) => (index > 30 && index < 37 ? null : wave(index, 90, 2))) },
];
const DURATIONS = [
  { label: "Half of them within", values: MOMENTS.map((index) => wave(index, 22, 1)) },
  { label: "99% within", values: MOMENTS.map((index) => wave(index, 180, 1.6) + (index === 41 ? 900 : 0)) },
];
const MARKERS = [
  { at: START + 24 * STEP_MS, label: "Deployed 0.2.0" },
  { at: START + 41 * STEP_MS, label: "Database away", colour: "danger" as const },
];
const SERVICES = [
  { name: "gateway", values: MOMENTS.slice(0, 30).map((index) => wave(index, 40, 0)), colour: 1 as const },
  {
    name: "auth",
    values: MOMENTS.slice(0, 30).map((index) => (index > 12 && index < 17 ? null : wave(index, 9, 1))),
    colour: 2 as const,
  },
  { name: "users", values: MOMENTS.slice(0, 30).map(() => 3), colour: "danger" as const },
];
const TOO_OLD = {
  type: "urn:orion:problem:not-found",
  title: "Nothing is kept for so long",
  status: 404,
  detail: "Measurements are kept for a week. Choose a later time.",
};
const EMPTY = [{ label: "Mails", values: [null, null, null] }];

export function ChartDemo() {
  return (
    <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
      <Chart title="Traffic" times={TIMES} series={TRAFFIC} unit="perSecond" markers={MARKERS} syncKey="demo" />
      <Chart title="Durations" times={TIMES} series={DURATIONS} unit="milliseconds" markers={MARKERS} syncKey="demo" />
      <Chart title="Mails" times={TIMES.slice(0, 3)} series={EMPTY} unit="count" height={120} />
      <Chart title="Memory" times={undefined} series={[]} unit="bytes" height={120} />
      <Chart title="Queue" times={undefined} series={[]} unit="count" error={new ApiError(TOO_OLD)} retry={() => {}} />
      <div className="grid content-start gap-1 rounded-xl border bg-card p-4 shadow-xs">
        {SERVICES.map(({ name, values, colour }) => (
          <div key={name} className="flex items-center gap-4">
            <span className="w-20 text-[0.8125rem]">{name}</span>
            <Sparkline
              label={`Requests to ${name} in the last half hour`}
              values={values}
              colour={colour}
              className="h-8 flex-1"
            />
            <span className="w-14 text-right tabular-nums">{values.at(-1)}/s</span>
          </div>
        ))}
      </div>
    </div>
  );
}
