/**
 * The shapes that the admin service and the APIs behind it speak, and what no document of theirs says. `crates/contracts`
 * defines them; `npm run schema` writes those of `docs/openapi/orion.json` to `generated.ts`.
 */
import type { Page_User } from "./generated";

export type * from "./generated";
// An Event is the browser's own.
export type { Event as PlatformEvent } from "./generated";

/** A page of any list: a document has one for each. */
export interface Page<Item> extends Omit<Page_User, "items"> {
  items: Item[];
}

/** The WebSocket is closed with this code when its session has ended. */
export const CLOSE_SESSION_ENDED = 4401;

/** The WebSocket is closed with this code when its user may no longer use the console. */
export const CLOSE_FORBIDDEN = 4403;
