import { act, cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { contact } from "@/api/contact";
import { render } from "@/lib/show-page";
import { WHOLE_LIST } from "../list-source";
import type { TableColumn } from "./columns";
import { DataTable, type DataTableProps } from "./data-table";
import { useTableState } from "./use-table-state";

interface Person {
  id: string;
  name: string;
  city: string;
}

const COLUMNS: TableColumn<Person>[] = [
  { key: "name", header: "Name", cell: ({ name }) => name },
  { key: "city", header: "City", cell: ({ city }) => city },
];
const CHOICES = {
  filters: [
    { key: "q", label: "Search people" },
    { key: "city", label: "City", options: [{ value: "paris", label: "Paris" }] },
  ],
  sortable: ["name"],
};
const people = (count: number): Person[] =>
  Array.from({ length: count }, (_, index) => ({ id: `${index + 1}`, name: `Person ${index + 1}`, city: "Paris" }));

let address: Record<string, unknown> = {};
const run = vi.fn();

function Page({ search = {}, ...given }: Partial<DataTableProps<Person>> & { search?: Record<string, unknown> }) {
  const [current, setCurrent] = useState(search);
  address = current;
  const [state, change] = useTableState({ search: current, onSearch: setCurrent }, CHOICES);
  return (
    <DataTable
      name="people"
      label="People"
      columns={COLUMNS}
      choices={CHOICES}
      state={state}
      onChange={change}
      items={PEOPLE}
      source={WHOLE_LIST}
      idOf={idOf}
      nameOf={({ name }) => name}
      hrefOf={({ id }) => `/people/${id}`}
      bulkActions={[{ key: "suspend", label: "Suspend", run }]}
      empty={<p>Nobody yet</p>}
      {...given}
    />
  );
}
const PEOPLE = people(5);
const idOf = ({ id }: Person) => id;

beforeEach(() => {
  localStorage.clear();
  run.mockReset();
});
afterEach(() => {
  cleanup();
  contact.heard();
  vi.unstubAllGlobals();
});

const box = (name: string) => screen.getByRole<HTMLInputElement>("checkbox", { name });
const link = (name: string) => screen.getByRole("link", { name });
const press = (name: string) => userEvent.click(screen.getByRole("button", { name }));
const selected = () => {
  fireEvent.click(screen.getByRole("button", { name: "Suspend" }));
  return run.mock.lastCall?.[0];
};

it("puts filters, sort and size into the address", async () => {
  render(<Page search={{ tab: "all" }} />);
  await userEvent.selectOptions(screen.getByLabelText("City"), "Paris");
  await press("Name");
  await userEvent.selectOptions(screen.getByLabelText("Rows at once"), "100");
  expect(address).toEqual({ tab: "all", city: "paris", sort: "name", size: 100 });
  expect(screen.getByRole("columnheader", { name: "Name" }).getAttribute("aria-sort")).toBe("ascending");
  await press("Name");
  expect(address.sort).toBe("-name");
  await userEvent.selectOptions(screen.getByLabelText("City"), "Any");
  expect(address.city).toBeUndefined();
});

it("has rows that are links, and leaves clicks that want another tab to the browser", async () => {
  const onNavigate = vi.fn();
  render(<Page onNavigate={onNavigate} />);
  expect(link("Person 2").getAttribute("href")).toBe("/people/2");
  expect(fireEvent.click(link("Person 2"), { ctrlKey: true })).toBe(true);
  expect(fireEvent.click(link("Person 2"), { button: 1 })).toBe(true);
  expect(onNavigate).not.toHaveBeenCalled();
  expect(fireEvent.click(link("Person 2"))).toBe(false);
  expect(onNavigate).toHaveBeenCalledExactlyOnceWith("/people/2");
});

it("selects a range with the shift key", async () => {
  render(<Page />);
  await userEvent.click(box("Select Person 2"));
  fireEvent.click(box("Select Person 4"), { shiftKey: true });
  expect(screen.getByRole("status").textContent).toBe("3 selected");
  expect(selected()).toEqual({ kind: "rows", ids: ["2", "3", "4"] });
});

it("goes from what is loaded to all that match, and back to nothing", async () => {
  render(<Page source={{ ...WHOLE_LIST, hasMore: true }} />);
  await userEvent.click(box("Select all that are loaded"));
  expect(screen.getByRole("status").textContent).toBe("5 selected");
  await press("Select all that match");
  expect(selected()).toEqual({ kind: "matching" });
  expect(box("Select Person 1").disabled).toBe(true);
  await press("Clear the selection");
  expect(screen.queryByRole("button", { name: "Suspend" })).toBeNull();
});

it("lets go of what another filter or the server has taken from sight", async () => {
  const { rerender } = render(<Page />);
  await userEvent.click(box("Select Person 2"));
  await userEvent.click(box("Select Person 3"));
  rerender(<Page items={PEOPLE.slice(0, 2)} />);
  expect(selected()).toEqual({ kind: "rows", ids: ["2"] });
  await userEvent.selectOptions(screen.getByLabelText("City"), "Paris");
  expect(screen.queryByRole("button", { name: "Suspend" })).toBeNull();
});

it("moves along its rows and selects them by the keyboard", async () => {
  render(<Page />);
  expect(screen.getAllByRole("link").filter(({ tabIndex }) => tabIndex === 0)).toHaveLength(1);
  link("Person 1").focus();
  await userEvent.keyboard("{ArrowDown}");
  expect(document.activeElement).toBe(link("Person 2"));
  await userEvent.keyboard(" {ArrowDown}{ArrowDown}{Shift>} {/Shift}");
  expect(screen.getByRole("status").textContent).toBe("3 selected");
  await userEvent.keyboard("{End}");
  expect(document.activeElement).toBe(link("Person 5"));
  await userEvent.keyboard("{ArrowDown}{Home}");
  expect(document.activeElement).toBe(link("Person 1"));
});

it("selects once by the space key on a box", async () => {
  render(<Page />);
  box("Select Person 1").focus();
  await userEvent.keyboard(" ");
  expect(selected()).toEqual({ kind: "rows", ids: ["1"] });
});

it("keeps the choice of columns in this browser", async () => {
  render(<Page />);
  // The menu is loaded when it is first wanted.
  await act(async () => screen.getByRole("button", { name: "Columns" }).click());
  await userEvent.click(await screen.findByRole("menuitemcheckbox", { name: "City" }));
  await waitFor(() => expect(screen.queryByRole("columnheader", { name: "City" })).toBeNull());
  cleanup();
  render(<Page />);
  expect(screen.queryByRole("columnheader", { name: "City" })).toBeNull();
  cleanup();
  localStorage.setItem("orion.columns.people", "{broken");
  render(<Page />);
  expect(screen.getByRole("columnheader", { name: "City" })).toBeTruthy();
});

it("has few rows in the document, however many there are", () => {
  const { container } = render(<Page items={people(5_000)} />);
  expect(container.querySelectorAll("tbody tr").length).toBeLessThan(60);
  cleanup();
  const { container: short } = render(<Page items={people(200)} />);
  expect(short.querySelectorAll("tbody tr")).toHaveLength(200);
});

it("shows cards on phones", () => {
  vi.stubGlobal("matchMedia", () => ({ matches: true, addEventListener: () => {}, removeEventListener: () => {} }));
  render(<Page />);
  expect(screen.queryByRole("table")).toBeNull();
  const [card] = screen.getAllByRole("listitem");
  expect(card && within(card).getByRole("link").textContent).toBe("Person 1");
  expect(card?.textContent).toContain("CityParis");
  expect(screen.getByLabelText("Sort by")).toBeTruthy();
});

it("tells loading, failure, no match and nothing apart", async () => {
  render(<Page items={[]} source={{ ...WHOLE_LIST, pending: true }} />);
  expect(screen.getByRole("status", { name: "Loading the list" })).toBeTruthy();
  cleanup();
  render(<Page items={[]} source={{ ...WHOLE_LIST, error: new Error("No answer") }} />);
  expect(screen.getByRole("alert").textContent).toContain("No answer");
  cleanup();
  render(<Page items={[]} />);
  expect(screen.getByText("Nobody yet")).toBeTruthy();
  cleanup();
  render(<Page items={[]} search={{ city: "paris" }} />);
  await press("Clear the filters");
  expect(screen.getByText("Nobody yet")).toBeTruthy();
  expect(address).toEqual({});
});

it("says that the server is lost, and offers nothing that would need it", async () => {
  render(<Page />);
  await userEvent.click(box("Select Person 1"));
  act(() => contact.missed());
  expect(screen.getByText(/The server does not answer/)).toBeTruthy();
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Suspend" }).disabled).toBe(true);
});
