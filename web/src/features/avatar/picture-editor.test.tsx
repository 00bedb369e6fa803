import { cleanup, fireEvent, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { notify } from "@/lib/notify";
import { showPage } from "@/lib/show-page";
import { PictureEditor } from "./picture-editor";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  vi.mocked(notify).mockClear();
});

const FACE = new File(["face"], "face.png", { type: "image/png" });
const URL_OF_NOW = "/api/v1/users/7/avatar?v=1";

let calls: { method: string; path: string; type: string | null; body: string }[] = [];
beforeEach(() => {
  calls = [];
  // The browser draws all but what is broken.
  vi.stubGlobal("createImageBitmap", async (file: File) => {
    if ((await file.text()).startsWith("broken")) throw new DOMException("cannot be decoded", "InvalidStateError");
    return { close: () => {} };
  });
});

/** Answers as the server does, or with this problem. */
function serve(
  props: { url: string | null; whose?: string },
  problem?: { status: number; type: string; code?: string },
) {
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    const { method, headers } = request;
    calls.push({ method, path: pathname, type: headers.get("content-type"), body: await request.text() });
    if (!problem) return Response.json({ id: "7" });
    const { status, type, code } = problem;
    const errors = code ? [{ field: "avatar", code, message: "is wrong" }] : [];
    const body = { type: `urn:orion:problem:${type}`, title: "Refused", status, errors };
    return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/problem+json" } });
  });
  showPage(() => <PictureEditor name="Ada Lovelace" {...props} />, "/account");
}

const choose = async (file = FACE) => {
  const input = await screen.findByLabelText<HTMLInputElement>("File with the picture");
  fireEvent.change(input, { target: { files: [file] } });
  return screen.findByRole("button", { name: "Save" });
};
const shown = () => document.querySelector("img")?.getAttribute("src");

it("shows the initials of who has no picture, or whose picture cannot be had", async () => {
  serve({ url: null });
  expect(await screen.findByText("AL")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Remove…" })).toBeNull();
  cleanup();
  serve({ url: URL_OF_NOW });
  await screen.findByRole("button", { name: "Remove…" });
  expect(screen.queryByText("AL")).toBeNull();
  fireEvent.error(document.querySelector("img") as HTMLImageElement);
  expect(await screen.findByText("AL")).toBeTruthy();
});

it("shows what was chosen before it is saved, and sends its bytes", async () => {
  serve({ url: null });
  const save = await choose();
  expect(shown()).toBe(`data:image/png;base64,${btoa("face")}`);
  expect(calls).toEqual([]);
  await userEvent.click(save);
  await vi.waitFor(() => expect(notify).toHaveBeenCalledWith({ type: "success", title: "The picture is changed" }));
  expect(calls).toEqual([
    { method: "PUT", path: "/api/v1/users/me/avatar", type: "application/octet-stream", body: "face" },
  ]);
  await vi.waitFor(() => expect(screen.queryByRole("button", { name: "Save" })).toBeNull());
});

it.each([
  ["image/png", "The file is broken, or no picture."],
  ["image/svg+xml", "This is no PNG, JPEG, WebP or GIF."],
])("is not offered to be saved where the browser cannot draw it: %s", async (type, words) => {
  const file = new File(["broken"], "face", { type });
  serve({ url: URL_OF_NOW });
  await choose();
  fireEvent.change(screen.getByLabelText("File with the picture"), { target: { files: [file] } });
  expect((await screen.findByRole("alert")).textContent).toBe(words);
  expect(screen.queryByRole("button", { name: "Save" })).toBeNull();
  expect(screen.queryByText(/This is how it will look/)).toBeNull();
  expect(screen.getByRole("button", { description: words, name: "Choose a picture…" })).toBeTruthy();
  expect(shown()).toBe(URL_OF_NOW);
  await choose();
  expect(screen.queryByRole("alert")).toBeNull();
  expect(calls).toEqual([]);
});

it("is left as it was when what was chosen is not saved", async () => {
  serve({ url: URL_OF_NOW });
  await choose();
  await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
  expect(shown()).toBe(URL_OF_NOW);
  expect(calls).toEqual([]);
});

it("removes that of the user whom it is shown for, once that is confirmed", async () => {
  serve({ url: URL_OF_NOW, whose: "7" });
  await userEvent.click(await screen.findByRole("button", { name: "Remove…" }));
  expect(calls).toEqual([]);
  await userEvent.click(await screen.findByRole("button", { name: "Remove" }));
  await vi.waitFor(() =>
    expect(calls.map(({ method, path }) => [method, path])).toEqual([["DELETE", "/api/v1/users/7/avatar"]]),
  );
  expect(notify).toHaveBeenCalledWith({ type: "success", title: "The picture is removed" });
});

it.each([
  [{ status: 413, type: "payload-too-large" }, "The file is too large for a picture."],
  [{ status: 415, type: "unsupported-media-type" }, "This is no PNG, JPEG, WebP or GIF."],
  [{ status: 422, type: "validation", code: "too_long" }, "The picture has too many pixels. Make it smaller first."],
  [{ status: 422, type: "validation", code: "invalid" }, "The file is broken, or no picture."],
  [{ status: 503, type: "unavailable" }, "A part that this needs is not available"],
])("says why a picture is refused: %o", async (problem, words) => {
  serve({ url: null }, problem);
  await userEvent.click(await choose());
  expect((await screen.findByRole("alert")).textContent).toContain(words);
  expect(shown()).toContain("data:");
  expect(notify).not.toHaveBeenCalled();
});
