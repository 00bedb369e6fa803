/**
 * Writes `src/api/schema.ts`: everything that the console can call, and the shapes of it. The APIs behind the gateway stand in
 * `docs/openapi/orion.json`, the console's own calls in `docs/openapi/admin.json`. With `--check` it only says whether that
 * would change it.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";

const TARGET = "src/api/schema.ts";
const document = (name) => JSON.parse(readFileSync(`../docs/openapi/${name}.json`, "utf8"));

function fail(message) {
  console.error(message);
  process.exit(1);
}

const [all, admin] = [document("orion"), document("admin")];
for (const [path, item] of Object.entries(admin.paths)) {
  if (path.startsWith("/console/")) all.paths[path] = item;
}
for (const [name, shape] of Object.entries(admin.components.schemas)) {
  all.components.schemas[name] ??= shape;
  if (!isDeepStrictEqual(all.components.schemas[name], shape)) {
    fail(`docs/openapi: orion.json and admin.json say two things of ${name}; generate both again`);
  }
}
for (const [name, response] of Object.entries(admin.components.responses ?? {})) {
  all.components.responses ??= {};
  all.components.responses[name] ??= response;
}

const nodes = await openapiTS(all, {
  emptyObjectsUnknown: true,
  rootTypes: true,
  rootTypesNoSchemaPrefix: true,
  rootTypesKeepCasing: true,
  silent: true,
});
const text = `${COMMENT_HEADER}${astToString(nodes)}`;
if (!process.argv.includes("--check")) writeFileSync(TARGET, text);
else if (!existsSync(TARGET) || readFileSync(TARGET, "utf8") !== text) {
  fail(`${TARGET} is not what docs/openapi/orion.json and admin.json give; npm run schema writes it`);
}
