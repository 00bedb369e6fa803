import { MailPlus, UserX } from "lucide-react";
import { useState } from "react";
import { Badge } from "@/components/ui/badge";
import { formatFor } from "@/lib/format";
import { notify } from "@/lib/notify";
import { WHOLE_LIST } from "../list-source";
import type { TableColumn } from "./columns";
import { DataTable } from "./data-table";
import type { BulkAction } from "./table-footer";
import { useTableState } from "./use-table-state";

interface Person {
  id: string;
  name: string;
  email: string;
  status: "active" | "suspended" | "pending";
  sessions: number;
  seen: string;
}

const NAMES = ["Ada Lovelace", "Grace Hopper", "Barbara Liskov", "Edsger Dijkstra", "Frances Allen", "Alan Turing"];
const STATUSES = ["active", "active", "suspended", "pending"] as const;
const PEOPLE = Array.from({ length: 1_000 }, (_, index): Person => {
  const name = NAMES[index % NAMES.length] ?? "Ada";
  return {
    id: String(index + 1),
    name: index < NAMES.length ? name : `${name} ${Math.floor(index / NAMES.length) + 1}`,
    email: `${name.split(" ")[0]?.toLowerCase()}${index + 1}@example.com`,
    status: STATUSES[(index * 7) % 4] ?? "active",
    sessions: (index * 13) % 9,
    seen: new Date(Date.now() - index * 5_400_000).toISOString(),
  };
});
const TONES = { active: "success", suspended: "danger", pending: "warning" } as const;

const COLUMNS: TableColumn<Person>[] = [
  { key: "name", header: "Name", cell: ({ name }) => <span className="font-medium">{name}</span> },
  { key: "email", header: "E-mail", cell: ({ email }) => email },
  {
    key: "status",
    header: "Status",
    cell: ({ status }) => <Badge tone={TONES[status]}>{status}</Badge>,
    className: "w-32",
  },
  { key: "sessions", header: "Sessions", cell: ({ sessions }) => sessions, className: "w-28", align: "right" },
  { key: "seen", header: "Last seen", cell: ({ seen }) => formatFor("en").formatAgo(seen), className: "w-36" },
  { key: "id", header: "Id", cell: ({ id }) => id, className: "w-20", hiddenAtFirst: true },
];
const CHOICES = {
  filters: [
    { key: "q", label: "Search people", placeholder: "Beginning of a name" },
    {
      key: "status",
      label: "Status",
      options: ["active", "suspended", "pending"].map((value) => ({ value, label: value })),
    },
  ],
  sortable: ["name", "seen"],
};
const tell: BulkAction["run"] = (selection, clear) => {
  notify({ title: selection.kind === "rows" ? `${selection.ids.length} chosen` : "All that match" });
  clear();
};
const ACTIONS: BulkAction[] = [
  { key: "mail", label: "Write to", icon: MailPlus, run: tell },
  { key: "suspend", label: "Suspend", icon: UserX, tone: "danger", run: tell },
];
const idOf = ({ id }: Person) => id;

/** The page's address stands for the router's. */
function useAddress() {
  const [search, setSearch] = useState(() => Object.fromEntries(new URLSearchParams(window.location.search)));
  const onSearch = (next: Record<string, unknown>) => {
    const texts = Object.fromEntries(Object.entries(next).map(([key, value]) => [key, String(value)]));
    window.history.replaceState(null, "", `?${new URLSearchParams(texts)}${window.location.hash}`);
    setSearch(texts);
  };
  return { search, onSearch };
}

export function TableDemo() {
  const [state, change] = useTableState(useAddress(), CHOICES);
  const [pages, setPages] = useState(1);
  const text = state.filters.q?.toLowerCase() ?? "";
  const matching = PEOPLE.filter(
    ({ name, status }) =>
      name.toLowerCase().startsWith(text) && (!state.filters.status || status === state.filters.status),
  );
  if (state.sort) {
    const key = state.sort.column === "name" ? "name" : "seen";
    const sign = state.sort.descending ? -1 : 1;
    matching.sort((first, second) => sign * first[key].localeCompare(second[key]));
  }
  const count = pages * state.size;
  return (
    <DataTable
      name="demo"
      label="People"
      columns={COLUMNS}
      choices={CHOICES}
      state={state}
      onChange={(changed) => {
        setPages(1);
        change(changed);
      }}
      items={matching.slice(0, count)}
      source={{ ...WHOLE_LIST, hasMore: count < matching.length, loadMore: () => setPages(pages + 1) }}
      idOf={idOf}
      nameOf={({ name }) => name}
      hrefOf={({ id }) => `#person-${id}`}
      bulkActions={ACTIONS}
      empty={null}
      className="max-h-[36rem]"
    />
  );
}
