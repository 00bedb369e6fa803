import { cleanup, fireEvent, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { OwnPicture } from "@/features/account/own-picture";
import { showPage } from "@/lib/show-page";
import { AccountButton } from "./account-button";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const session = {
  user_id: "7",
  email: "ada@example.org",
  display_name: "Ada Lovelace",
  permissions: ["profile.write"],
};

/** Answers as the server does to somebody with this picture. */
function serve(avatar_url: string | null) {
  let shown = avatar_url;
  vi.stubGlobal("createImageBitmap", async () => ({ close: () => undefined }));
  vi.stubGlobal("fetch", async (request: Request) => {
    if (new URL(request.url).pathname === "/console/session") return Response.json(session);
    if (request.method === "PUT") shown = "/api/v1/users/7/avatar?v=2";
    if (request.method === "DELETE") shown = null;
    return Response.json({ ...session, id: "7", avatar_url: shown });
  });
  showPage(
    () => (
      <>
        <AccountButton />
        <OwnPicture />
      </>
    ),
    "/account",
  );
}

const button = () => screen.findByRole("button", { name: "AL, account of Ada Lovelace" });
const pictureIn = (part: HTMLElement) => part.querySelector("img")?.getAttribute("src");

it("shows the picture, and another one at once when it is changed or removed", async () => {
  serve("/api/v1/users/7/avatar?v=1");
  await vi.waitFor(async () => expect(pictureIn(await button())).toBe("/api/v1/users/7/avatar?v=1"));
  const file = new File(["face"], "face.png", { type: "image/png" });
  fireEvent.change(screen.getByLabelText("File with the picture"), { target: { files: [file] } });
  await userEvent.click(await screen.findByRole("button", { name: "Save" }));
  await vi.waitFor(async () => expect(pictureIn(await button())).toBe("/api/v1/users/7/avatar?v=2"));
  await userEvent.click(await screen.findByRole("button", { name: "Remove…" }));
  await userEvent.click(await screen.findByRole("button", { name: "Remove" }));
  await vi.waitFor(async () => expect(pictureIn(await button())).toBeUndefined());
  expect((await button()).textContent).toBe("AL");
});

it("shows the initials of who has no picture", async () => {
  serve(null);
  expect((await button()).textContent).toBe("AL");
});
