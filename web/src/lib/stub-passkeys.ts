import { vi } from "vitest";

interface Asked {
  publicKey: unknown;
}

type Answer = (asked: Asked) => unknown;

const refuse: Answer = () => {
  throw new DOMException("nothing of the kind", "NotAllowedError");
};

/**
 * Gives the browser passkeys, for tests; `vi.unstubAllGlobals()` takes them away again. Unless told what to answer, it
 * refuses. What it gives is sent as `{ id }`.
 */
export function stubPasskeys({ get = refuse, create = refuse }: { get?: Answer; create?: Answer }): void {
  const read = (json: unknown) => json;
  vi.stubGlobal("PublicKeyCredential", { parseRequestOptionsFromJSON: read, parseCreationOptionsFromJSON: read });
  const credentials = { get: async (asked: Asked) => get(asked), create: async (asked: Asked) => create(asked) };
  Object.defineProperty(navigator, "credentials", { value: credentials, configurable: true });
}

/** What a browser gives. */
export const given = (id: string) => ({ toJSON: () => ({ id }) });

/** How a server answers that knows what is wrong with some fields. */
export const wrongFields = (...fields: string[]) =>
  Response.json(
    {
      type: "urn:orion:problem:validation",
      title: "Some fields are not valid",
      status: 422,
      errors: fields.map((field) => ({ field, message: "is not right" })),
    },
    { status: 422, headers: { "content-type": "application/problem+json" } },
  );
