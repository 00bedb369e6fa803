import { useState } from "react";
import { asApiError } from "@/api/problem";

/** Something that is edited over the version that was seen. */
export interface Edit<Thing, Typed> {
  /** As it was when the form was opened, or as somebody has decided to go on from. */
  before: Thing;
  typed: Typed;
  setTyped: (typed: Typed) => void;
  /** What somebody else has made of it meanwhile, until it is decided what it shall be. */
  theirs: Typed | undefined;
  /** Sends a change; where somebody else was there first it looks at what they have made of it, and throws all the same. */
  over: <Answer>(send: (before: Thing) => Promise<Answer>) => Promise<Answer>;
  takeTheirs: () => void;
  /** Keeps what one has typed oneself; the other fields are as they have become. */
  keepMine: () => void;
}

/**
 * Edits the texts of a thing. What comes in meanwhile changes nothing under somebody's hands, and is not overwritten unseen.
 *
 * @param read its fields as they are typed
 * @param look asks what it is now
 */
export function useEdit<Thing, Typed extends Record<keyof Typed, string>>(
  thing: Thing,
  read: (thing: Thing) => Typed,
  look: () => Promise<Thing>,
): Edit<Thing, Typed> {
  const [before, setBefore] = useState(thing);
  const [typed, setTyped] = useState(() => read(thing));
  const [now, setNow] = useState<Thing>();
  const theirs = now && read(now);
  const goOn = (from: Thing, with_: Typed) => {
    setBefore(from);
    setTyped(with_);
    setNow(undefined);
  };
  const over = async <Answer>(send: (before: Thing) => Promise<Answer>) => {
    try {
      return await send(before);
    } catch (thrown) {
      // Where it cannot be looked at, the refusal says enough.
      if (asApiError(thrown).problem.status === 412) setNow(await look().catch(() => undefined));
      throw thrown;
    }
  };
  return {
    before,
    typed,
    setTyped,
    theirs,
    over,
    takeTheirs: () => now && goOn(now, read(now)),
    keepMine: () => now && goOn(now, merged(read(before), typed, read(now))),
  };
}

/** What was typed, and of the fields that were left alone what somebody else has made of them. */
export function merged<Typed extends object>(before: Typed, typed: Typed, theirs: Typed): Typed {
  const names = Object.keys(typed) as (keyof Typed)[];
  const fields = names.map((name) => [name, typed[name] === before[name] ? theirs[name] : typed[name]]);
  return Object.fromEntries(fields) as Typed;
}
