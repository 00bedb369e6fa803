import type { Plugin, Rolldown } from "vite";

/** What `public/early.js` asks for at once, by addresses of files. */
interface Early {
  /** The words of each language. */
  words: Record<string, string>;
  /** The code of each page, by its address; `shell` is what stands around those behind the sign-in. */
  code: Record<string, string[]>;
}

const CATALOGUE = /\/locales\/(\w+)\.po$/;
/** The file of a route whose address has no parts that change. */
const ROUTE = /\/src\/routes\/(_console(?:\/\w+)?|[\w-]+)\.tsx$/;
const SHELL = "_console";

function addressOf(id: string): string | undefined {
  const [, name] = ROUTE.exec(id) ?? [];
  if (!name || name === "__root" || name.endsWith("_")) return undefined;
  return name === SHELL ? "shell" : `/${name.replace(`${SHELL}/`, "").replace(/^index$/, "")}`;
}

/**
 * Tells the page where its words and the code of each page are, so that `public/early.js` asks for what is needed at once and
 * not only when the program has come and knows who is there.
 */
export function early(): Plugin {
  const parts = new Map<string, readonly string[]>();
  return {
    name: "orion-early",
    apply: "build",
    buildEnd() {
      for (const id of this.getModuleIds()) {
        const address = addressOf(id);
        if (address) parts.set(address, this.getModuleInfo(id)?.dynamicallyImportedIds ?? []);
      }
    },
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle = {}, chunk: entry }) {
        const chunks = Object.values(bundle).filter((one) => one.type === "chunk");
        const withImports = (chunk: Rolldown.OutputChunk | undefined, found = new Set<string>()): Set<string> => {
          if (!chunk || found.has(chunk.fileName)) return found;
          found.add(chunk.fileName);
          for (const name of chunk.imports)
            withImports(
              chunks.find(({ fileName }) => fileName === name),
              found,
            );
          return found;
        };
        const first = withImports(entry);
        const early: Early = { words: {}, code: {} };
        for (const { facadeModuleId, fileName } of chunks) {
          const [, language] = CATALOGUE.exec(facadeModuleId ?? "") ?? [];
          if (language) early.words[language] = `/${fileName}`;
        }
        for (const [address, modules] of parts) {
          const found = new Set<string>();
          for (const id of modules)
            withImports(
              chunks.find(({ facadeModuleId }) => facadeModuleId === id),
              found,
            );
          early.code[address] = [...found].filter((name) => !first.has(name)).map((name) => `/${name}`);
        }
        return html.replace("<html ", `<html data-early='${JSON.stringify(early)}' `);
      },
    },
  };
}
