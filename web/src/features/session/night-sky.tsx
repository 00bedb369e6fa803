import { cn } from "@/lib/cn";

type Star = [x: number, y: number, radius: number];

/** The constellation's brightest stars, roughly where they stand in the sky. */
const ORION: Star[] = [
  [196, 178, 4.2],
  [402, 204, 3.4],
  [252, 392, 3],
  [300, 376, 3.2],
  [348, 358, 3],
  [240, 588, 3.2],
  [428, 556, 4.6],
  [292, 112, 2.2],
];
const LINES: [from: number, to: number][] = [
  [0, 7],
  [7, 1],
  [0, 2],
  [1, 4],
  [2, 3],
  [3, 4],
  [2, 5],
  [4, 6],
  [5, 6],
];

/** Faint stars from a fixed recurrence: scattered, and the same at every visit. */
const BACKDROP: Star[] = Array.from({ length: 90 }, (_, index) => [
  (index * 211.7 + 37) % 600,
  (index * 137.3 + 91) % 800,
  0.5 + ((index * 7) % 10) / 11,
]);

/** The picture beside the sign-in: Orion, with its belt brightest. */
export function NightSky({ className }: { className?: string }) {
  return (
    <div aria-hidden className={cn("relative overflow-hidden bg-[#0d1022]", className)}>
      <div className="absolute inset-0 bg-radial-[at_60%_45%] from-[#2b3170] to-transparent to-65% opacity-70" />
      <svg
        aria-hidden="true"
        viewBox="0 0 600 800"
        preserveAspectRatio="xMidYMid slice"
        className="absolute inset-0 size-full"
      >
        {BACKDROP.map(([x, y, radius]) => (
          <circle key={`${x}-${y}`} cx={x} cy={y} r={radius} fill="#aab2ff" opacity={0.2 + radius / 4} />
        ))}
        {LINES.map(([from, to]) => {
          const [start, end] = [ORION[from], ORION[to]];
          if (!start || !end) return null;
          return (
            <line
              key={`${from}-${to}`}
              x1={start[0]}
              y1={start[1]}
              x2={end[0]}
              y2={end[1]}
              stroke="#8b93f5"
              opacity="0.28"
            />
          );
        })}
        {ORION.map(([x, y, radius], index) => {
          const inBelt = index >= 2 && index <= 4;
          return (
            <g key={`${x}-${y}`}>
              <circle cx={x} cy={y} r={radius * (inBelt ? 5 : 3.2)} fill="#8b93f5" opacity={inBelt ? 0.22 : 0.12} />
              <circle cx={x} cy={y} r={radius} fill={inBelt ? "#fff" : "#d9dcff"} />
            </g>
          );
        })}
      </svg>
    </div>
  );
}
