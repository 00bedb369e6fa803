import { transformAsync } from "@babel/core";
import { lingui } from "@lingui/vite-plugin";
import type { Plugin, PluginOption } from "vite";

/** Files that take words from a catalogue. */
const USES_WORDS = /from "@lingui\/(core|react)\/macro"/;

/** Makes calls of the catalogue from the macros of Lingui; before anything else reads the file. */
function macros(): Plugin {
  return {
    name: "orion-words",
    enforce: "pre",
    async transform(code, id) {
      const file = id.split("?")[0] ?? id;
      if (!/\.tsx?$/.test(file) || file.includes("/node_modules/") || !USES_WORDS.test(code)) return null;
      const result = await transformAsync(code, {
        filename: file,
        babelrc: false,
        configFile: false,
        sourceMaps: true,
        parserOpts: { plugins: file.endsWith("x") ? ["typescript", "jsx"] : ["typescript"] },
        plugins: ["@lingui/babel-plugin-lingui-macro"],
      });
      return { code: result?.code ?? code, map: result?.map ?? null };
    },
  };
}

/** The words of the console: catalogues in `locales`, each a chunk of its own. A missing word ends the build. */
export const words = (isBuild: boolean): PluginOption => [
  macros(),
  lingui({ failOnMissing: isBuild, failOnCompileError: true }),
];
