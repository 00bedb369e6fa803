/** How many entries of a list are asked for at once. */
export const PAGE_SIZE = 50;

/** How many the server gives at once. */
export const MOST = 200;

/** All pages of a bounded list. */
export async function all<T>(
  page: (cursor: string | undefined) => Promise<{ items: T[]; next_cursor?: string | null }>,
) {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const { items: more, next_cursor } = await page(cursor);
    items.push(...more);
    // A server that leads back would be asked for ever.
    if (next_cursor && next_cursor === cursor) throw new Error("a page leads to itself");
    cursor = next_cursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}
