import { transformAsync } from "@babel/core";
import { lingui } from "@lingui/vite-plugin";
import type { Plugin, PluginOption } from "vite";

/** Files that take words from a catalogue. */
const USES_WORDS = /from "@lingui\/(core|react)\/macro"/;
const CATALOGUE = /\/locales\/(\w+)\.po$/;

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

/**
 * Tells the page where the catalogue of each language is, so that `public/early.js` asks for the right one at once and not
 * only when the program has come.
 */
function addresses(): Plugin {
  return {
    name: "orion-words-addresses",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle }) {
        const found: Record<string, string> = {};
        for (const chunk of Object.values(bundle ?? {})) {
          const [, language] = (chunk.type === "chunk" && CATALOGUE.exec(chunk.facadeModuleId ?? "")) || [];
          if (language) found[language] = `/${chunk.fileName}`;
        }
        return html.replace("<html ", `<html data-words='${JSON.stringify(found)}' `);
      },
    },
  };
}

/** The words of the console: catalogues in `locales`, each a chunk of its own. A missing word ends the build. */
export const words = (isBuild: boolean): PluginOption => [
  macros(),
  lingui({ failOnMissing: isBuild, failOnCompileError: true }),
  addresses(),
];
