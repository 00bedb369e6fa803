import { request } from "@playwright/test";
import { look } from "./fixtures/look.ts";
import { mailedLink } from "./fixtures/mail.ts";
import { open } from "./fixtures/moves.ts";
import { failToSignIn, register } from "./fixtures/people.ts";
import { expect, test } from "./fixtures/test.ts";

test("a user's page shows and lifts what delays them, leads to their sign-ins, and says that a new password is ordered", async ({
  page,
  platform,
}) => {
  const { email, display_name, password } = await register(platform, "Emmy Noether");
  const anybody = await request.newContext({ baseURL: platform.gatewayUrl });
  const post = async (path: string, data: object) => {
    const answer = await anybody.post(`/api/v1/auth/${path}`, { data });
    if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`);
  };
  const link = new URL(await mailedLink(platform, email, "/auth/verify-email"));
  await post("verify-email", { token: link.searchParams.get("token"), password });
  await failToSignIn(platform, email);
  // As many links as may be asked for in an hour.
  for (let count = 0; count < 10; count += 1) await post("password/reset", { email });
  await anybody.dispose();

  await open(page, `/users?search=${email}`, "Users");
  await page.getByRole("link", { name: display_name }).click();
  const throttles = page.getByRole("region", { name: "Throttles" });
  await expect(throttles.getByRole("listitem")).toHaveCount(1);
  await look(page, "user-throttled");
  await throttles.getByRole("button", { name: "Lift…" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Lift" }).click();
  await expect(throttles.getByText("Nothing delays this user at the moment.")).toBeVisible();

  await page.getByRole("button", { name: "Order a new password…" }).click();
  const question = page.getByRole("alertdialog");
  await question.getByRole("textbox").fill("Seen in a leak");
  await question.getByRole("button", { name: "Order" }).click();
  await expect(page.getByText(/is ordered and not chosen yet/)).toBeVisible();
  await page.reload();
  await expect(page.getByText(/is ordered and not chosen yet/)).toBeVisible();
  await look(page, "user-ordered");

  await page.getByRole("link", { name: "Look at the sign-ins" }).click();
  await page.waitForURL(/\/security\?.*email=emmy/);
  await expect(page.getByRole("tabpanel").getByRole("list").getByRole("listitem")).toHaveCount(1);
});

test("somebody is suspended with a reason, signs in no more, and is brought back", async ({ page, platform }) => {
  const { email, display_name, password } = await register(platform, "Sofia Kowalewskaja");
  const anybody = await request.newContext({ baseURL: platform.gatewayUrl });
  const link = new URL(await mailedLink(platform, email, "/auth/verify-email"));
  const signIn = async () => (await anybody.post("/api/v1/auth/login", { data: { email, password } })).status();
  await anybody.post("/api/v1/auth/verify-email", { data: { token: link.searchParams.get("token"), password } });
  await expect.poll(signIn).toBe(200);

  await open(page, `/users?search=${email}`, "Users");
  await page.getByRole("link", { name: display_name }).click();
  const status = page.getByRole("region", { name: "Status" });
  await status.getByRole("button", { name: "Suspend…" }).click();
  const question = page.getByRole("alertdialog");
  await question.getByRole("textbox").fill("Sends spam");
  await look(page, "user-suspend");
  await question.getByRole("button", { name: "Suspend" }).click();
  await expect(status.getByText("The reason: Sends spam")).toBeVisible();
  await look(page, "user-suspended");
  await expect.poll(signIn).toBe(401);

  await status.getByRole("button", { name: "Bring back…" }).click();
  await question.getByRole("textbox").fill("A mistake");
  await question.getByRole("button", { name: "Bring back" }).click();
  await expect(status.getByText("Nothing stands in the way of a sign-in.")).toBeVisible();
  await anybody.dispose();
});
