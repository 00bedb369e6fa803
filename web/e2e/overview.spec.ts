import { expectToStandOut, look } from "./fixtures/look.ts";
import { expectLive, navigation, open, SERVICES } from "./fixtures/moves.ts";
import { expect, test } from "./fixtures/test.ts";

test("the overview shows every service up, and says that it is live", async ({ page }) => {
  await open(page, "/", "Overview");
  await expectLive(page);
  for (const service of SERVICES) {
    await expect(page.locator(`[data-service=${service}][data-status=up]`)).toBeVisible({ timeout: 15_000 });
  }
  await look(page, "overview");
  const entry = navigation(page).getByRole("link");
  await expectToStandOut(entry.and(page.locator("[aria-current]")), entry.nth(1), "overview");
});

test("the first page asks for nothing twice, and for its code before its program has come", async ({ page }) => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
  await open(page, "/", "Overview");
  expect(asked).toContain("GET /console/session");
  expect(asked.filter((one, index) => asked.indexOf(one) < index)).toEqual([]);
  const { code } = JSON.parse((await page.locator("html").getAttribute("data-early")) ?? "{}");
  expect(code.shell.concat(code["/"])).toEqual(expect.arrayContaining([expect.stringContaining("overview-page")]));
  expect(asked).toEqual(expect.arrayContaining([...code.shell, ...code["/"]].map((path) => `GET ${path}`)));
});
