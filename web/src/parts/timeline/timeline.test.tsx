import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { render } from "@/lib/show-page";
import { WHOLE_LIST } from "../list-source";
import { Timeline } from "./timeline";

afterEach(cleanup);

const ENTRIES = [
  { id: "2", at: "2026-03-30T10:00:00Z", title: "Suspended", actor: "Grace", details: "Too many failures" },
  { id: "1", at: "2026-03-12T10:00:00Z", title: "Registered" },
];
const timeline = (given: Partial<Parameters<typeof Timeline>[0]>) =>
  render(<Timeline label="What happened to Ada" entries={ENTRIES} empty={<p>Nothing yet</p>} {...given} />);

it("shows each day with what happened on it", () => {
  timeline({});
  expect(screen.getAllByRole("heading")).toHaveLength(2);
  const [first] = screen.getAllByRole("list");
  expect(first && within(first).getByRole("listitem").textContent).toContain("Suspended by Grace");
});

it("names who did it by whatever leads to them, and always shows the note", () => {
  const entry = {
    id: "3",
    at: "2026-03-30T10:00:00Z",
    title: "Renamed",
    actor: <a href="/users/7">Grace</a>,
    note: "Why",
  };
  timeline({ entries: [entry] });
  expect(screen.getByRole("listitem").textContent).toContain("Renamed by Grace");
  expect(screen.getByRole("link", { name: "Grace" }).getAttribute("href")).toBe("/users/7");
  expect(screen.getByText("Why")).toBeTruthy();
});

it("opens and closes the details of one", async () => {
  timeline({});
  const button = screen.getByRole("button", { name: "Details of: Suspended" });
  expect(screen.queryByText("Too many failures")).toBeNull();
  await userEvent.click(button);
  expect(screen.getByText("Too many failures")).toBeTruthy();
  expect(button.getAttribute("aria-expanded")).toBe("true");
  await userEvent.click(button);
  expect(screen.queryByText("Too many failures")).toBeNull();
});

it("loads older ones, and keeps what it has when that fails", async () => {
  const loadMore = vi.fn();
  timeline({ source: { ...WHOLE_LIST, hasMore: true, error: new Error("No answer"), loadMore } });
  expect(screen.getByRole("alert").textContent).toBe("No answer");
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(loadMore).toHaveBeenCalledOnce();
  expect(screen.getAllByRole("listitem")).toHaveLength(2);
});

it("tells loading, failure and nothing apart", () => {
  timeline({ entries: [], source: { ...WHOLE_LIST, pending: true } });
  expect(screen.getByRole("status")).toBeTruthy();
  cleanup();
  timeline({ entries: [], source: { ...WHOLE_LIST, error: new Error("No answer") } });
  expect(screen.getByRole("alert").textContent).toContain("No answer");
  cleanup();
  timeline({ entries: [] });
  expect(screen.getByText("Nothing yet")).toBeTruthy();
});
