/**
 * Fails where code of `src` builds on what builds on it. It goes one way: `api`, `lib` and `live` know nothing of what is drawn,
 * `components` and `parts` know no feature, and of two features one knows the other, also by way of a third, never both. What tests
 * and demonstrations read does not count.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What of `src` may build on those before it; the routes, and what starts the console, on all. */
const LEVELS = [["api", "lib", "live"], ["components", "parts"], ["features"]];
const levelOf = (folder) => LEVELS.findIndex((level) => level.includes(folder));

const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter(
  (file) => /\.tsx?$/.test(file) && !/\.(test|demo|example)\.tsx?$/.test(file),
);

const faults = [];
/** Of which features each feature reads, and by which file first. */
const reads = new Map();
for (const file of files) {
  const [folder, feature] = file.split("/");
  if (levelOf(folder) < 0) continue;
  for (const [, path] of readFileSync(join("src", file), "utf8").matchAll(
    /(?:from|import\()\s*"(@\/[^"]+|\.[^"]*)"/g,
  )) {
    const read = path.startsWith("@/") ? path.slice(2) : join(dirname(file), path);
    const [readFolder, readFeature] = read.split("/");
    if (levelOf(readFolder) < 0 || levelOf(readFolder) > levelOf(folder)) {
      faults.push(`src/${file} reads src/${read}: ${folder} is built on by ${readFolder}`);
    }
    if (folder !== "features" || readFolder !== "features" || feature === readFeature) continue;
    if (!reads.has(feature)) reads.set(feature, new Map());
    const known = reads.get(feature);
    if (!known.has(readFeature)) known.set(readFeature, `src/${file} reads src/${read}`);
  }
}

/** The features from one to another by which the first reads the last; undefined where it does not. */
function wayTo(last, from, seen = new Set()) {
  seen.add(from);
  for (const next of reads.get(from)?.keys() ?? []) {
    if (next === last) return [from, last];
    const rest = seen.has(next) ? undefined : wayTo(last, next, seen);
    if (rest) return [from, ...rest];
  }
  return undefined;
}

const told = new Set();
for (const feature of reads.keys()) {
  const circle = told.has(feature) ? undefined : wayTo(feature, feature);
  if (!circle) continue;
  for (const one of circle) told.add(one);
  const steps = circle.slice(1).map((next, index) => `  ${reads.get(circle[index]).get(next)}`);
  faults.push(`features in a circle: ${circle.join(" -> ")}\n${steps.join("\n")}`);
}

if (faults.length > 0) {
  console.error(faults.join("\n"));
  console.error("what several features use stands in lib, in components, or in the feature directory");
  process.exit(1);
}
