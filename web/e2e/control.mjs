import { createInterface } from "node:readline";

const REPLY_MS = 60_000;

/**
 * Talks with the process that runs the platform: a line to stdout asks for something, a line on stdin says that it is done.
 */
export function openControl() {
  const lines = createInterface({ input: process.stdin });
  const ask = (request, expected) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nobody answered "${request}" with "${expected}"`)), REPLY_MS);
      lines.on("line", (line) => {
        if (line.trim() !== expected) return;
        clearTimeout(timer);
        resolve();
      });
      console.log(request);
    });
  return { ask, close: () => lines.close() };
}
