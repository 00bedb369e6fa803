import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";

/** The shortest password that ORION takes, in characters; anything else is allowed. */
const PASSWORD_MIN = 15;

/** How many characters a password lacks. Auth counts them as it hashes them: composed. */
const missingIn = (password: string) => PASSWORD_MIN - [...password.normalize("NFC")].length;

export const isTooShort = (password: string) => missingIn(password) > 0;

/** What to tell somebody about the password they are typing. */
export function usePasswordHint(password: string): string {
  const { t } = useLingui();
  const missing = missingIn(password);
  if (password === "") return t`At least ${PASSWORD_MIN} characters. A few words in a row are easy to remember.`;
  if (missing <= 0) return t`Long enough.`;
  return t`${plural(missing, { one: "# more character needed.", other: "# more characters needed." })}`;
}
