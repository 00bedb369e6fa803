import { Plural, Trans } from "@lingui/react/macro";

/** Up to here the server counts. */
const MOST_COUNTED = 10_000;

/** So many people, as far as they are counted. */
export function People({ count }: { count: number }) {
  return count >= MOST_COUNTED ? (
    <Trans>10,000 people or more</Trans>
  ) : (
    <Plural value={count} _0="nobody" one="# person" other="# people" />
  );
}
