/** The shortest password that ORION takes, in characters; anything else is allowed. */
export const PASSWORD_MIN = 15;

/** What to tell somebody about the password they are typing. */
export function passwordHint(password: string): string {
  // Auth counts characters as it hashes them: composed.
  const missing = PASSWORD_MIN - [...password.normalize("NFC")].length;
  if (password === "") return `At least ${PASSWORD_MIN} characters. A few words in a row are easy to remember.`;
  if (missing > 0) return `${missing} more ${missing === 1 ? "character" : "characters"} needed.`;
  return "Long enough.";
}
