/**
 * Makes `src/features/settings/setting-words.ts`: the name and the description of each key that may change while ORION runs
 * (`x-dynamic` in `docs/configuration.schema.json`), as words that the catalogues translate.
 */
import { readFileSync } from "node:fs";
import { runnerImport } from "vite";

export const SETTING_WORDS = "src/features/settings/setting-words.ts";

const HEAD = `import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";

/**
 * What the settings are called, and what they are about. Written by \`npm run words\` from \`docs/configuration.schema.json\`;
 * the catalogues have it in each language.
 */
export const SETTING_WORDS: Record<string, { name: MessageDescriptor; about: MessageDescriptor }> = {
`;

/** The keys below a section that may change, with what the document says of them. */
function* dynamicKeys({ properties = {} }, path = []) {
  for (const [name, part] of Object.entries(properties)) {
    const key = [...path, name];
    if (part["x-dynamic"]) yield [key.join("."), part];
    yield* dynamicKeys(part, key);
  }
}

/** A text on one line, as a message: braces would be places that are filled in. */
const messageOf = (text) => JSON.stringify(text.replace(/\s+/g, " ").trim().replace(/[{}]/g, "'$&'"));

/** What the file has to hold. */
export async function settingWords() {
  // The name in English is made of the key, as the form does it.
  const { module } = await runnerImport("./src/parts/schema-form/nodes.ts", { configFile: false, logLevel: "error" });
  const lines = [...dynamicKeys(JSON.parse(readFileSync("../docs/configuration.schema.json", "utf8")))].map(
    ([key, schema]) => {
      const { label } = module.describe(schema, key.slice(key.lastIndexOf(".") + 1));
      const comment = JSON.stringify(key);
      return `  ${comment}: {
    name: msg({ comment: ${comment}, message: ${messageOf(label)} }),
    about: msg({ comment: ${comment}, message: ${messageOf(schema.description ?? label)} }),
  },
`;
    },
  );
  return `${HEAD}${lines.join("")}};\n`;
}
