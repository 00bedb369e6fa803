import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";

const DESKTOP = { width: 1280, height: 860 };
const PHONE = { width: 390, height: 844 };
const LOOKS = [
  { look: "light", colorScheme: "light", viewport: DESKTOP },
  { look: "dark", colorScheme: "dark", viewport: DESKTOP },
  { look: "phone", colorScheme: "light", viewport: PHONE },
];

/** Fails with a clear message. */
export function must(condition, message) {
  if (!condition) throw new Error(message);
}

/** Looks at the screen in light, dark and at phone width: axe finds nothing, nothing scrolls sideways. */
export async function inspect(page, screen, screenshots) {
  for (const { look, colorScheme, viewport } of LOOKS) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize(viewport);
    await page.waitForTimeout(250);
    if (screenshots) await page.screenshot({ path: join(screenshots, `${screen}-${look}.png`) });
    await mustFitWidth(page, `${screen} (${look})`);
    await mustBeAccessible(page, `${screen} (${look})`);
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await page.setViewportSize(DESKTOP);
}

/** With colours forced by the system, as by high contrast, the chosen one of several can be told from the others. */
export async function mustStandOut(page, chosen, others, screen, screenshots) {
  await page.emulateMedia({ forcedColors: "active", reducedMotion: "reduce" });
  if (screenshots) await page.screenshot({ path: join(screenshots, `${screen}-forced.png`) });
  const background = (locator) => locator.first().evaluate((element) => getComputedStyle(element).backgroundColor);
  const [seen, other] = [await background(chosen), await background(others)];
  await page.emulateMedia({ forcedColors: "none", colorScheme: "light", reducedMotion: "reduce" });
  must(seen !== other, `${screen}: the chosen one looks like all others when colours are forced: ${seen}`);
}

async function mustFitWidth(page, where) {
  const overflow = await page.evaluate(() =>
    [document.documentElement, document.querySelector("main")]
      .filter((element) => element && element.scrollWidth > element.clientWidth)
      .map((element) => `${element.tagName} is ${element.scrollWidth} px wide in ${element.clientWidth} px`),
  );
  must(overflow.length === 0, `${where} scrolls sideways: ${overflow.join(", ")}`);
}

async function mustBeAccessible(page, where) {
  // The rule on names is not among axe's defaults: what is seen must be part of the name that is called by voice.
  const rules = { "label-content-name-mismatch": { enabled: true } };
  const { violations } = await new AxeBuilder({ page }).options({ rules }).exclude("iframe").analyze();
  const found = violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}\n    ${nodes.map(({ html, failureSummary }) => `${html}\n      ${failureSummary}`).join("\n    ")}`,
  );
  must(found.length === 0, `axe on ${where}:\n  ${found.join("\n  ")}`);
}
