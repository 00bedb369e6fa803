import type { Plugin, Rolldown } from "vite";
import type { FileRoutesById } from "./src/route-tree.gen.ts";

/** What `public/early.js` asks for at once, by addresses of files. */
interface Early {
  /** The words of each language. */
  words: Record<string, string>;
  /** The code of each page, by its address; `shell` is what stands around those behind the sign-in. */
  code: Record<string, string[]>;
  entries: typeof ENTRIES;
}

/** A page that stands before the sign-in. */
export type EntryPath = Exclude<keyof FileRoutesById, "__root__" | "/_console" | `/_console/${string}`>;

/** What the pages before the sign-in ask the server first. All others ask who is signed in. */
export const ENTRIES: Record<EntryPath, readonly string[]> = {
  "/reset": ["/console/state"],
  "/setup": ["/console/state"],
  "/sign-in": ["/console/session", "/console/state"],
  "/step-up": [],
};

const CATALOGUE = /\/locales\/(\w+)\.po$/;
const ROUTE = /\/src\/routes\/(.+)\.tsx$/;
const SHELL = "_console";

/** The address of a route's file; undefined where parts of it change, and where it is no page by itself. */
export function addressOf(id: string): string | undefined {
  const [, name] = ROUTE.exec(id) ?? [];
  if (name === SHELL) return "shell";
  const parts = name?.split(/[/.]/) ?? [];
  const isPage = parts.length > 0 && !parts.at(-1)?.startsWith("_") && !parts.some((part) => part.startsWith("$"));
  if (!isPage) return undefined;
  const told = parts.filter((part) => !part.startsWith("_") && part !== "index");
  return `/${told.map((part) => part.replace(/_$/, "")).join("/")}`;
}

/**
 * Tells the page where its words and the code of each page are, so that `public/early.js` asks for what is needed at once and
 * not only when the program has come and knows who is there. A page that has no code to ask for ends the build.
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
        const early: Early = { words: {}, code: {}, entries: ENTRIES };
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
          const code = [...found].filter((name) => !first.has(name)).map((name) => `/${name}`);
          if (code.length === 0)
            this.error(`the page ${address} has no code of its own; make it a lazyPart (early.ts)`);
          early.code[address] = code;
        }
        return html.replace("<html ", `<html data-early='${JSON.stringify(early)}' `);
      },
    },
  };
}
