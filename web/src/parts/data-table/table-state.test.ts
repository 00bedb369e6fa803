import { describe, expect, it } from "vitest";
import { nextSort, readTableState, sortText, writeTableState } from "./table-state";

const CHOICES = {
  filters: [
    { key: "q", label: "Search" },
    { key: "status", label: "Status", options: [{ value: "active", label: "Active" }] },
  ],
  sortable: ["name", "created_at"],
};
const read = (search: Record<string, unknown>) => readTableState(search, CHOICES);

describe("readTableState", () => {
  it("reads filters, sort and size", () => {
    expect(read({ q: "ada", status: "active", sort: "-created_at", size: 100 })).toEqual({
      filters: { q: "ada", status: "active" },
      sort: { column: "created_at", descending: true },
      size: 100,
    });
  });

  it("leaves out what cannot be asked for", () => {
    const usual = { filters: {}, sort: null, size: 50 };
    expect(read({ status: "gone", sort: "password", size: 7 })).toEqual(usual);
    expect(read({ q: { a: 1 }, status: ["active"], sort: 3, size: "many" })).toEqual(usual);
    expect(read({ q: "x".repeat(501) })).toEqual(usual);
  });

  it("takes a search that looks like a number", () => {
    expect(read({ q: 12 }).filters).toEqual({ q: "12" });
  });
});

describe("writeTableState", () => {
  it("gives what it reads, leaves out what is usual, and keeps what others put there", () => {
    const state = read({ q: "ada", sort: "name", size: 200 });
    const search = writeTableState({ tab: "all", status: "active" }, CHOICES, state);
    expect(search).toEqual({ tab: "all", q: "ada", sort: "name", size: 200 });
    expect(read(search)).toEqual(state);
    expect(writeTableState(search, CHOICES, { filters: { q: "" }, sort: null, size: 50 })).toEqual({ tab: "all" });
  });
});

it("goes from ascending to descending to the usual order", () => {
  const first = nextSort(null, "name");
  const second = nextSort(first, "name");
  expect([first, second, nextSort(second, "name")].map(sortText)).toEqual(["name", "-name", undefined]);
  expect(sortText(nextSort(second, "created_at"))).toBe("created_at");
});
