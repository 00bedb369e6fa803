import { act, cleanup, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { contact } from "@/api/contact";
import { showPage } from "@/lib/show-page";
import { eventStore } from "@/live/event-store";
import { EventsPage } from "./events-page";

beforeEach(() => {
  // A connection that never opens.
  vi.stubGlobal("WebSocket", class {});
  vi.stubGlobal("fetch", async () => Response.json({ user_id: "7", permissions: [] }));
});
afterEach(() => {
  cleanup();
  contact.heard();
  eventStore.clear();
});

it("waits for events only while a server is there that could tell them, and counts none that it cannot know", async () => {
  showPage(EventsPage, "/_console/events");
  expect(await screen.findByRole("status", { name: "Loading the events" })).toBeTruthy();
  expect(screen.queryByText("0 events")).toBeNull();
  expect(await screen.findByRole("heading", { name: "Waiting for events" }, { timeout: 3_000 })).toBeTruthy();
  expect(screen.getByText("0 events")).toBeTruthy();
  act(() => contact.missed());
  expect(screen.getByRole("heading", { name: "No events were seen yet" })).toBeTruthy();
  expect(screen.queryByText(/Waiting for/)).toBeNull();
  expect(screen.queryByText("0 events")).toBeNull();
});
