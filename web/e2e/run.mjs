/**
 * Drives the console in Chromium against a running platform without an administrator.
 *
 *   ORION_E2E_CONSOLE_URL  where the console is, such as http://localhost:3004
 *   ORION_E2E_SETUP_URL    the one-time link that the platform printed
 *   ORION_E2E_OUTPUT       folder for a screenshot when something fails (default: the current one)
 *   ORION_E2E_SCREENSHOTS  folder for every screen in light, dark and at phone width (default: none are taken)
 *   CHROMIUM               the browser, as a path or a command (default: chromium)
 *
 * It prints `stop notifications`, later `stop admin`, and waits for the line `stopped` on stdin: whoever started the
 * platform stops that service in between. So it does with `make a reset link` and `made`: a link for the administrator
 * whose token is `of-the-machine`. At the end it prints `done` and exits with 0; otherwise it says what went wrong and exits with 1.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openBrowser } from "./browser.mjs";
import { openControl } from "./control.mjs";
import { must } from "./inspect.mjs";
import { ORDER } from "./steps.mjs";

function required(name) {
  const value = process.env[name];
  if (value) return value;
  console.error(`${name} is not set`);
  process.exit(1);
}

const output = process.env.ORION_E2E_OUTPUT ?? ".";
const screenshots = process.env.ORION_E2E_SCREENSHOTS;
const consoleUrl = required("ORION_E2E_CONSOLE_URL");
const setupUrl = required("ORION_E2E_SETUP_URL");
mkdirSync(output, { recursive: true });
if (screenshots) mkdirSync(screenshots, { recursive: true });

const control = openControl();
const { page, violations, close } = await openBrowser();
page.setDefaultTimeout(10_000);
let current = "start";
try {
  for (const step of ORDER) {
    current = step.name;
    await step(page, { consoleUrl, setupUrl, screenshots, control });
    must(violations.length === 0, `the page broke its policy or failed:\n  ${violations.join("\n  ")}`);
    console.error(`ok ${current}`);
  }
  console.log("done");
} catch (error) {
  const screenshot = join(output, `failed-${current}.png`);
  await page.screenshot({ path: screenshot }).catch(() => undefined);
  console.error(`failed in ${current} at ${page.url()} (see ${screenshot})\n${error.message}`);
  for (const violation of violations) console.error(`  ${violation}`);
  process.exitCode = 1;
} finally {
  control.close();
  await close();
}
