import { answerOf, api } from "@/api/client";
import type { Organisation } from "@/api/schema";
import { isId } from "@/lib/id";

/** So many are looked at: whoever is not among them types more of the name. */
const LOOKED_AT = 200;

const beginningWith = async (search: string) =>
  (await answerOf(api.GET("/api/v1/organisations", { params: { query: { search, limit: LOOKED_AT } } }))).items;

/** The id of the one organisation that is meant by its id, its name in addresses, its name, or how that begins; undefined where it is none or several. */
export async function findOrganisation(text: string): Promise<string | undefined> {
  if (isId(text)) return text.toLowerCase();
  const found = await beginningWith(text);
  const sought = text.toLowerCase();
  const one = onlyOne(found.filter(({ slug }) => slug === sought)) ?? onlyOne(found.filter(isCalled(sought)));
  return one ?? onlyOne(found);
}

const isCalled =
  (sought: string) =>
  ({ name }: Organisation) =>
    name.toLowerCase() === sought;

const onlyOne = ([first, second]: readonly Organisation[]) => (second === undefined ? first?.id : undefined);
