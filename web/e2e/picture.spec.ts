import type { Page } from "@playwright/test";
import { look } from "./fixtures/look.ts";
import { open } from "./fixtures/moves.ts";
import { ADMINISTRATOR, registerWhole } from "./fixtures/people.ts";
import { expect, testAlone as test } from "./fixtures/test.ts";

/** A file with a face, drawn by the browser. */
async function face(page: Page) {
  const address = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 400 });
    const brush = canvas.getContext("2d");
    if (!brush) throw new Error("no canvas");
    const fill = (colour: string, x: number, y: number, radius: number) => {
      brush.fillStyle = colour;
      brush.beginPath();
      brush.arc(x, y, radius, 0, 2 * Math.PI);
      brush.fill();
    };
    brush.fillStyle = "#356";
    brush.fillRect(0, 0, 640, 400);
    fill("#fc9", 320, 200, 150);
    fill("#222", 270, 160, 18);
    fill("#222", 370, 160, 18);
    fill("#a33", 320, 260, 40);
    return canvas.toDataURL("image/png");
  });
  return { name: "face.png", mimeType: "image/png", buffer: Buffer.from(address.split(",")[1] ?? "", "base64") };
}

/** How wide the picture of a part of the page is in truth: nothing where there is none. */
const widthIn = (page: Page, part: string) =>
  page.evaluate((part) => document.querySelector<HTMLImageElement>(`${part} img`)?.naturalWidth ?? 0, part);

test("a picture is chosen, looked at, saved, seen among people, and removed", async ({ page, platform }) => {
  test.slow();
  await open(page, "/account", "Your security");
  const section = page.getByRole("region", { name: "Picture", exact: true });
  const file = section.getByLabel("File with the picture");
  await expect(section.getByRole("button", { name: "Choose a picture…" })).toBeVisible();
  await file.setInputFiles(await face(page));
  await expect(section.getByText("This is how it will look. It is not saved yet.")).toBeVisible();
  await expect.poll(() => widthIn(page, "section")).toBe(640);
  await look(page, "picture-chosen");
  await section.getByRole("button", { name: "Save" }).click();
  await expect(section.getByRole("button", { name: "Remove…" })).toBeVisible();
  await expect.poll(() => widthIn(page, "section")).toBe(256);
  await look(page, "picture-saved");

  await file.setInputFiles({ name: "face.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
  await expect(section.getByRole("alert")).toHaveText("The file is broken, or no picture.");
  await expect(section.getByRole("button", { name: "Save" })).toHaveCount(0);
  await look(page, "picture-broken");
  // The beginning of a picture, of which a browser would draw the upper half.
  const whole = await face(page);
  await file.setInputFiles({ ...whole, buffer: whole.buffer.subarray(0, whole.buffer.length / 2) });
  await expect(section.getByRole("alert")).toHaveText("The file is broken, or no picture.");
  await expect(section.getByRole("button", { name: "Save" })).toHaveCount(0);
  await file.setInputFiles(await face(page));
  await expect(section.getByRole("alert")).toHaveCount(0);
  await section.getByRole("button", { name: "Cancel" }).click();
  await file.setInputFiles({ name: "face.svg", mimeType: "image/svg+xml", buffer: Buffer.from("<svg/>") });
  await expect(section.getByRole("alert")).toHaveText("This is no PNG, JPEG, WebP or GIF.");
  await expect(section.getByRole("button", { name: "Save" })).toHaveCount(0);
  await look(page, "picture-refused");

  const { display_name } = await registerWhole(platform, "Emmy Noether");
  await open(page, "/users", "Users");
  await expect(page.getByRole("link", { name: display_name })).toBeVisible();
  await expect.poll(() => widthIn(page, "tbody")).toBe(256);
  await look(page, "picture-in-list");
  await page.getByRole("link", { name: ADMINISTRATOR.name }).click();
  const own = page.getByRole("region", { name: "Picture", exact: true });
  await expect.poll(() => widthIn(page, "main")).toBe(256);
  await look(page, "picture-of-user");
  await own.getByRole("button", { name: "Remove…" }).click();
  await look(page, "picture-remove");
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await expect(own.getByRole("button", { name: "Remove…" })).toHaveCount(0);
  await expect(own.getByRole("button", { name: "Choose a picture…" })).toBeFocused();
  await expect.poll(() => widthIn(page, "main")).toBe(0);
});

test("a picture is the account's at once, and shown to nobody after the sign-out although the browser keeps it", async ({
  page,
  faults,
}) => {
  faults.expect(/^401: GET \/api\/v1\/users\/.*avatar/);
  // The browser shows a picture alone by a document of its own, whose styles and scripts the policy of pictures takes from it.
  faults.expect(/^console: (Applying inline style violates|Blocked script execution in) /);
  await open(page, "/account", "Your security");
  const section = page.getByRole("region", { name: "Picture", exact: true });
  const account = page.getByRole("button", { name: /account of/ });
  await expect(account).toHaveText("AL");
  await section.getByLabel("File with the picture").setInputFiles(await face(page));
  await section.getByRole("button", { name: "Save" }).click();
  await expect.poll(() => widthIn(page, "header")).toBe(256);
  await look(page, "picture-of-account");
  const address = await account.locator("img").evaluate((image: HTMLImageElement) => image.src);
  expect((await page.goto(address))?.status()).toBe(200);

  await open(page, "/account", "Your security");
  await account.click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
  expect((await page.goto(address))?.status()).toBe(401);
});
