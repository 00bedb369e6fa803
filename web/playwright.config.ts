import { defineConfig } from "@playwright/test";
import { chromiumPath, DESKTOP, FLAGS } from "./e2e/fixtures/chromium.ts";
import { binary } from "./e2e/fixtures/program.ts";
import type { Options } from "./e2e/fixtures/test.ts";

// Without it every test would fail: once is enough.
binary("orion");

const isCi = Boolean(process.env.CI);

export default defineConfig<Options>({
  testDir: "e2e",
  // What failed leaves a trace and a picture here.
  outputDir: "test-results",
  fullyParallel: true,
  workers: 2,
  // One that passes at the second try is told as flaky, and does not hide the rest.
  retries: isCi ? 1 : 0,
  forbidOnly: isCi,
  reporter: "list",
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: {
    browserName: "chromium",
    launchOptions: { executablePath: chromiumPath(), args: FLAGS },
    locale: "en-US",
    viewport: DESKTOP,
    colorScheme: "light",
    contextOptions: { reducedMotion: "reduce" },
    actionTimeout: 10_000,
    navigationTimeout: 15_000,
    trace: { mode: "retain-on-failure", screenshots: false, sources: false },
    screenshot: "only-on-failure",
  },
});
