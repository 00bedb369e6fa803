export interface Piece {
  text: string;
  /** Where it leads, when it is an address. */
  href?: string;
  /** Where it begins in the whole. */
  at: number;
}

/** What may be an address; what closes a sentence or a bracket around it is cut off afterwards. */
const ADDRESS = /https?:\/\/[^\s<>"']+/g;
const CLOSING = /[.,;:!?)\]}>*_]+$/;

/** A text as pieces, addresses of the web apart. Nothing else becomes a link: no scripts, no files, no mail. */
export function splitLinks(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  const addPlain = (to: number) => {
    if (to > end) pieces.push({ text: text.slice(end, to), at: end });
  };
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(CLOSING, "");
    if (!URL.canParse(address)) continue;
    addPlain(match.index);
    pieces.push({ text: address, href: new URL(address).href, at: match.index });
    end = match.index + address.length;
  }
  addPlain(text.length);
  return pieces;
}
