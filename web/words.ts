import { transformAsync } from "@babel/core";
import { createCompiledCatalog, getCatalogs } from "@lingui/cli/api";
import { getConfig } from "@lingui/conf";
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

/** A catalogue, or what a folder of `src/features` says of it alone: `locales/de.po?of=settings`. */
const CATALOGUE = /\/locales\/(\w+)\.po(?:\?of=(\w+))?$/;
/** Folders of `src/features` that say much, on their own page only: their words come with it (`speakOf` in `src/lib/language.ts`). */
const WITH_THEIR_PAGE = ["settings"];

const folderOf = (path: string): string | undefined =>
  WITH_THEIR_PAGE.find((folder) => path.includes(`src/features/${folder}/`));

/** Takes words that one page alone says out of the catalogue that every page waits for. */
function apart(): Plugin {
  const config = getConfig();
  return {
    name: "orion-words-apart",
    async transform(_, id) {
      const [, locale, wanted] = CATALOGUE.exec(id) ?? [];
      const [catalog] = await getCatalogs(config);
      if (!locale || !catalog) return null;
      const { messages } = await catalog.getTranslations(locale, {
        fallbackLocales: config.fallbackLocales || {},
        sourceLocale: config.sourceLocale ?? locale,
      });
      const said = (await catalog.read(locale)) ?? {};
      const saidBy = (message: string): string | undefined => {
        const folders = new Set((said[message]?.origin ?? []).map(([file]) => folderOf(file)));
        return folders.size === 1 ? [...folders][0] : undefined;
      };
      const chosen = Object.fromEntries(Object.entries(messages).filter(([message]) => saidBy(message) === wanted));
      const { source } = createCompiledCatalog(locale, chosen, { namespace: "es" });
      return { code: source, map: null, moduleType: "js" };
    },
    buildEnd() {
      for (const id of this.getModuleIds()) {
        const folder = folderOf(id);
        if (!folder) continue;
        const stranger = this.getModuleInfo(id)?.importers.find((importer) => folderOf(importer) !== folder);
        if (stranger) this.error(`${stranger} takes ${id}, whose words come with the page of "${folder}" (words.ts)`);
      }
    },
  };
}

/**
 * The words of the console: catalogues in `locales`, each a chunk of its own, and one for each page that says much. A missing
 * word ends the build.
 */
export const words = (isBuild: boolean): PluginOption => [
  macros(),
  lingui({ failOnMissing: isBuild, failOnCompileError: true }),
  apart(),
];
