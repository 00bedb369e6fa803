/**
 * Writes `src/route-tree.gen.ts` from the files of `src/routes`; with `--check` it only says whether that would change it.
 * `npm run dev` and `npm run build` write it as well, by the same settings (`tsr.config.json`).
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Generator, getConfig } from "@tanstack/router-generator";

const root = process.cwd();
const config = getConfig({}, root);
const read = () => (existsSync(config.generatedRouteTree) ? readFileSync(config.generatedRouteTree, "utf8") : "");

const before = read();
await new Generator({ config, root }).run();
if (process.argv.includes("--check") && read() !== before) {
  writeFileSync(config.generatedRouteTree, before);
  console.error("src/route-tree.gen.ts is not what src/routes gives; npm run routes writes it");
  process.exit(1);
}
