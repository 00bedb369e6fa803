/** A text of the address's search, such as `?search=ada`; one that looks like a number is parsed as one by the router. */
export function searchText(value: unknown): string | undefined {
  return value === undefined || value === null || value === "" ? undefined : String(value);
}

/** How many characters the server lets a search for people have. */
export const LONGEST_SEARCH = 200;
