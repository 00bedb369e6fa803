/** In the place of a secret. */
const DOTS = "••••••";

type Json = unknown;

export interface Secrets {
  /** Paths such as `mail.smtp_url` or `auth.providers.*.secret`; in a text their last names are looked for. */
  paths: readonly string[];
  /** What is said of one that is another than before. */
  anotherText: string;
}

const changedText = ({ anotherText }: Secrets) => `${DOTS} (${anotherText})`;

const isObject = (value: Json): value is Record<string, Json> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether a path such as `["auth", "google", "secret"]` is one of `auth.*.secret`. */
function isSecret(path: readonly string[], secrets: readonly string[]): boolean {
  return secrets.some((pattern) => {
    const parts = pattern.split(".");
    return parts.length === path.length && parts.every((part, index) => part === "*" || part === path[index]);
  });
}

/** One value in JSON with its keys in order, so that only what differs in meaning differs in text. */
function ordered(value: Json): Json {
  if (Array.isArray(value)) return value.map(ordered);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, ordered(value[key])]),
  );
}

/** Puts dots in the place of secrets; that one differs from its other side is told, what it is is not. */
function masked(value: Json, other: Json, secrets: Secrets, isAfter: boolean, path: string[] = []): Json {
  if (value !== undefined && value !== null && value !== "" && isSecret(path, secrets.paths)) {
    const differs = JSON.stringify(ordered(value)) !== JSON.stringify(ordered(other));
    return isAfter && differs && other !== undefined ? changedText(secrets) : DOTS;
  }
  if (Array.isArray(value)) {
    const others = Array.isArray(other) ? other : [];
    return value.map((item, index) => masked(item, others[index], secrets, isAfter, [...path, String(index)]));
  }
  if (!isObject(value)) return value;
  const others = isObject(other) ? other : {};
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, masked(item, others[key], secrets, isAfter, [...path, key])]),
  );
}

const print = (value: Json): string => (value === undefined ? "" : JSON.stringify(ordered(value), null, 2));

const literal = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** Matches `key = value`, `key: value` and `KEY=value` for the last names of the paths. */
function secretLine(secrets: readonly string[]): RegExp | null {
  const names = secrets.map((path) => path.split(".").at(-1) ?? "").filter((name) => name !== "" && name !== "*");
  if (names.length === 0) return null;
  return new RegExp(`^(\\s*"?(?:\\S*[._])?(?:${names.map(literal).join("|")})"?\\s*[:=]\\s*)(\\S.*)$`, "i");
}

/** The lines of a text; the value after a secret's name is replaced. */
function maskedText(text: string, other: string, secrets: Secrets, isAfter: boolean): string {
  const pattern = secretLine(secrets.paths);
  if (!pattern) return text;
  const known = new Set(other.split("\n"));
  return text
    .split("\n")
    .map((line) => {
      const [, name, value] = pattern.exec(line) ?? [];
      if (name === undefined || value === undefined || value === '""' || value === "''") return line;
      return name + (isAfter && !known.has(line) ? changedText(secrets) : DOTS);
    })
    .join("\n");
}

/**
 * Two texts, or two values as JSON, made ready to be compared: line ends alike, keys in order, secrets hidden.
 *
 */
export function textsOf(before: Json, after: Json, secrets: Secrets): [before: string, after: string] {
  if (typeof before === "string" && typeof after === "string") {
    const [first, second] = [before.replaceAll("\r\n", "\n"), after.replaceAll("\r\n", "\n")];
    return [maskedText(first, second, secrets, false), maskedText(second, first, secrets, true)];
  }
  return [print(masked(before, after, secrets, false)), print(masked(after, before, secrets, true))];
}
