import { readdirSync } from "node:fs";
import { formatter } from "@lingui/format-po";

/** @type {import("@lingui/conf").LinguiConfig} */
export default {
  sourceLocale: "en",
  // A language is a file: `touch locales/fr.po`, then `npm run words`.
  locales: readdirSync(new URL("./locales", import.meta.url))
    .filter((name) => name.endsWith(".po"))
    .map((name) => name.slice(0, -".po".length)),
  catalogs: [{ path: "<rootDir>/locales/{locale}", include: ["src"], exclude: ["**/*.test.ts", "**/*.test.tsx"] }],
  // Without line numbers a catalogue changes only when its words do.
  format: formatter({ lineNumbers: false }),
  orderBy: "origin",
};
