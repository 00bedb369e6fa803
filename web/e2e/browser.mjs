import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { chromium } from "playwright-core";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The browser's path: CHROMIUM as a path or a command's name. */
function chromiumPath() {
  const name = process.env.CHROMIUM ?? "chromium";
  return isAbsolute(name) ? name : execFileSync("which", [name], { encoding: "utf8" }).trim();
}

/**
 * Starts Chromium with a profile of its own.
 * `violations` fills with every report of the Content-Security-Policy and every error thrown in the page.
 */
export async function openBrowser() {
  const profile = mkdtempSync(join(tmpdir(), "orion-e2e-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath(),
    args: FLAGS,
    viewport: { width: 1280, height: 860 },
    colorScheme: "light",
    reducedMotion: "reduce",
  });
  const violations = [];
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`Content Security Policy: ${event.violatedDirective} refused ${event.blockedURI} ${event.sample}`);
    });
  });
  const page = context.pages()[0] ?? (await context.newPage());
  page.on("console", (message) => {
    // A sandboxed mail preview that holds a script is refused by its own policy, which is what it is for.
    const fromPreview = message.location().url.includes("/preview");
    if (/content.security.policy|trusted.?type/i.test(message.text()) && !fromPreview) violations.push(message.text());
  });
  page.on("pageerror", (error) => violations.push(`error in the page: ${error.message}`));
  const close = async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  };
  return { page, violations, close };
}
