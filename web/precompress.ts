import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

/** Kinds of files that are text; fonts and pictures are compressed in themselves. */
const TEXT = /\.(css|html|js|json|svg|txt|webmanifest)$/;
/** Smaller files gain nothing that a reader would notice. */
const SMALLEST = 512;
/** A form is kept when it is at least so much smaller. */
const WORTHWHILE = 0.9;

const FORMS = {
  br: (bytes: Buffer) =>
    promisify(brotliCompress)(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  gz: (bytes: Buffer) => promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION }),
};

/** Writes `.br` and `.gz` beside each file of the build that they make smaller; the server chooses by Accept-Encoding. */
export function precompress(): Plugin {
  return {
    name: "orion-precompress",
    apply: "build",
    async writeBundle({ dir }) {
      if (!dir) return;
      const names = readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((name) => TEXT.test(name));
      for (const name of names) {
        const path = join(dir, name);
        const bytes = readFileSync(path);
        if (bytes.length < SMALLEST) continue;
        for (const [ending, compress] of Object.entries(FORMS)) {
          const form = await compress(bytes);
          if (form.length < bytes.length * WORTHWHILE) writeFileSync(`${path}.${ending}`, form);
        }
      }
    },
  };
}
