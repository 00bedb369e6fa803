/** What an object is besides, by name; conditions ask for it as `object.attributes.<name>`. */
export type Attributes = Record<string, string | number | boolean>;

/** How many the server takes. */
export const MOST_ATTRIBUTES = 32;
/** How many letters a name and a text have at most. */
export const LONGEST_ATTRIBUTE = 255;

export const ATTRIBUTE_KINDS = ["text", "number", "flag"] as const;
export type AttributeKind = (typeof ATTRIBUTE_KINDS)[number];

/** One attribute as it is typed. */
export interface AttributeRow {
  name: string;
  kind: AttributeKind;
  /** Of a flag "true" or "false". */
  value: string;
}

/** What is wrong with a row. */
export interface RowFault {
  name?: "malformed" | "repeated";
  value?: "no_number";
}

const NAME = /^[a-z_]\w{0,254}$/i;

export const EMPTY_ROW: AttributeRow = { name: "", kind: "text", value: "" };

/** Those that an address says; what it says wrongly is left out. */
export function readAttributes(value: unknown): Attributes | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const isGood = ([name, of]: [string, unknown]) =>
    NAME.test(name) &&
    ((typeof of === "string" && of.length <= LONGEST_ATTRIBUTE) ||
      (typeof of === "number" && Number.isFinite(of)) ||
      typeof of === "boolean");
  const good = Object.entries(value).filter(isGood).slice(0, MOST_ATTRIBUTES);
  return good.length > 0 ? (Object.fromEntries(good) as Attributes) : undefined;
}

/** Attributes as they are typed. */
export const rowsOf = (attributes: Attributes): AttributeRow[] =>
  Object.entries(attributes).map(([name, value]) => ({
    name,
    kind: typeof value === "boolean" ? "flag" : typeof value === "number" ? "number" : "text",
    value: String(value),
  }));

/** What is wrong with each of the rows. */
export function faultsOf(rows: readonly AttributeRow[]): RowFault[] {
  const names = rows.map(({ name }) => name.trim());
  return rows.map(({ kind, value }, index) => {
    const name = names[index] ?? "";
    const isNoNumber = kind === "number" && (value.trim() === "" || !Number.isFinite(Number(value)));
    return {
      ...(!NAME.test(name) ? { name: "malformed" } : names.indexOf(name) < index && { name: "repeated" }),
      ...(isNoNumber && { value: "no_number" }),
    } as RowFault;
  });
}

/** What was typed, of rows with which nothing is wrong; undefined where there are none. */
export function attributesOf(rows: readonly AttributeRow[]): Attributes | undefined {
  if (rows.length === 0) return undefined;
  const read = ({ kind, value }: AttributeRow) =>
    kind === "flag" ? value === "true" : kind === "number" ? Number(value) : value;
  return Object.fromEntries(rows.map((row) => [row.name.trim(), read(row)]));
}
