import {
  type ColumnDef,
  columnVisibilityFeature,
  type ReactTable,
  type Row,
  rowSelectionFeature,
  tableFeatures,
} from "@tanstack/react-table";
import type { ReactNode } from "react";

export interface TableColumn<Item> {
  key: string;
  header: string;
  cell: (item: Item) => ReactNode;
  /** Whether it cannot be taken away; the first column never can. */
  always?: boolean;
  /** Whether it is shown only when somebody wants it. */
  hiddenAtFirst?: boolean;
  /** Its width, such as `w-32`; the columns without one share the rest. */
  className?: string;
  align?: "left" | "right";
}

/** The server filters, sorts and pages; the library knows rows, columns and what is selected. */
export const features = tableFeatures({ rowSelectionFeature, columnVisibilityFeature });
export type Features = typeof features;
export type ListTable<Item extends object> = ReactTable<Features, Item>;
export type ListRow<Item extends object> = Row<Features, Item>;

export const columnDefs = <Item extends object>(columns: readonly TableColumn<Item>[]): ColumnDef<Features, Item>[] =>
  columns.map(({ key, header, cell }) => ({ id: key, header, cell: ({ row }) => cell(row.original) }));
