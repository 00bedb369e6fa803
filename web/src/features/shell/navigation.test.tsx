import { cleanup, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { showPage } from "@/lib/show-page";
import { Navigation } from "./navigation";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const serve = (acting?: object) =>
  vi.stubGlobal("fetch", async () =>
    Response.json({ user_id: "1", email: "grace@example.org", display_name: "Grace", permissions: [], acting }),
  );

it("says why it is empty while somebody is acted as, and leads to what they have", async () => {
  serve({ user_id: "2", reason: "Ticket", expires_at: "2030-01-01T00:00:00Z" });
  showPage(() => <Navigation />, "/");
  expect(await screen.findByText(/may see none of the console's sections/)).toBeTruthy();
  expect(screen.getByRole("link", { name: "Their account" }).getAttribute("href")).toBe("/account");
});

it("says nothing of it to oneself", async () => {
  serve();
  showPage(() => <Navigation />, "/");
  await screen.findByRole("navigation");
  expect(screen.queryByText("Their account")).toBeNull();
});
