/**
 * Brings the catalogues of `locales` in line with the words in `src`, those of the settings included
 * (`scripts/setting-words.mjs`): new ones are added with an empty translation, those that nobody says any more go. With `--check` nothing is written: it fails when a catalogue is not in line, when a word has no
 * translation, and when a translation fills in other places than its original.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { getCatalogs } from "@lingui/cli/api";
import { getConfig } from "@lingui/conf";
import { compileMessageOrThrow } from "@lingui/message-utils/compileMessage";
import { SETTING_WORDS, settingWords } from "./setting-words.mjs";

const config = getConfig();
const [catalog] = await getCatalogs(config);
const files = config.locales.map((locale) => `locales/${locale}.po`);
const isCheck = process.argv.includes("--check");
const faults = [];

const settings = await settingWords();
if (!isCheck) writeFileSync(SETTING_WORDS, settings);
else if (readFileSync(SETTING_WORDS, "utf8") !== settings) {
  console.error(
    `${SETTING_WORDS} is not what docs/configuration.schema.json gives; npm run words writes it, and you translate`,
  );
  process.exit(1);
}

const before = files.map((file) => readFileSync(file, "utf8"));
// A file that was empty gets the rest of its head at the second time.
const times = before.includes("") ? 2 : 1;
for (let time = 0; time < times; time += 1) {
  if (!(await catalog.make({ clean: true, overwrite: false, orderBy: config.orderBy }))) process.exit(1);
}
const unlike = files.filter((file, index) => readFileSync(file, "utf8") !== before[index]);
if (isCheck && unlike.length > 0) {
  for (const [index, file] of files.entries()) writeFileSync(file, before[index]);
  console.error(
    `${unlike.join(", ")}: not in line with the words in src; npm run words writes them, and you translate`,
  );
  process.exit(1);
}

/** The names that a message fills in, and its tags, each once. */
function places(tokens, found = new Set()) {
  for (const token of tokens) {
    if (typeof token === "string") {
      for (const [tag] of token.matchAll(/<\/?\d+\/?>/g)) found.add(tag);
      continue;
    }
    const [name, , choices] = token;
    if (name !== "#") found.add(`{${name}}`);
    if (typeof choices !== "object" || choices === null) continue;
    for (const choice of Object.values(choices)) if (Array.isArray(choice)) places(choice, found);
  }
  return found;
}

function lookAt(file, original, translation) {
  if (!translation) return faults.push(`${file}: no words for "${original}"`);
  try {
    const [wanted, given] = [original, translation].map((text) => [...places(compileMessageOrThrow(text))].sort());
    if (wanted.join() === given.join()) return;
    faults.push(
      `${file}: "${translation}" fills in ${given.join(" ") || "nothing"}, not ${wanted.join(" ") || "nothing"}`,
    );
  } catch (error) {
    faults.push(`${file}: "${translation}" cannot be read: ${error.message}`);
  }
}

for (const [locale, messages] of Object.entries(await catalog.readAll())) {
  for (const [id, { message = id, translation }] of Object.entries(messages)) {
    lookAt(`locales/${locale}.po`, message, translation);
  }
}
if (faults.length > 0) {
  console.error(faults.join("\n"));
  // Words that were just added wait for somebody who translates them.
  if (isCheck) process.exit(1);
}
