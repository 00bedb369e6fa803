import type { Setting, SettingChange, SettingList } from "@/api/schema";

export const TOKEN: Setting = {
  key: "auth.access_token_seconds",
  description: "How long an access token lives, in seconds.",
  schema: { type: "integer", minimum: 1, maximum: 3600, default: 300 },
  value: 120,
  start_value: 300,
  is_changed: true,
  version: 7,
  changed_at: "2030-01-01T12:00:00Z",
  changed_by: "u1",
};

export const FILTER: Setting = {
  key: "log.filter",
  description: "A tracing directive.",
  schema: { type: "string", minLength: 1, default: "info" },
  value: "info",
  start_value: "info",
  is_changed: false,
  version: 0,
  changed_at: null,
  changed_by: null,
};

const CHANGES: SettingChange[] = [
  {
    version: 7,
    key: TOKEN.key,
    before: 90,
    after: 120,
    reason: "an incident",
    changed_by: "u1",
    changed_at: "2030-01-01T12:00:00Z",
  },
  {
    version: 6,
    key: TOKEN.key,
    before: null,
    after: 90,
    reason: null,
    changed_by: "u1",
    changed_at: "2030-01-01T11:00:00Z",
  },
];

type Reply = (request: Request) => Response | Promise<Response> | undefined;

export const refusal = (status: number, kind: string, errors?: { field: string; message: string }[]): Response => {
  const problem = { type: `urn:orion:problem:${kind}`, title: kind, status, errors };
  return new Response(JSON.stringify(problem), { status, headers: { "content-type": "application/problem+json" } });
};

/** A server with two settings, for tests; it changes them as the real one does. */
export class ExampleServer {
  readonly asked: { method: string; path: string; query: string; ifMatch: string | null; body: unknown }[] = [];
  readonly list: SettingList = {
    version: 7,
    items: [TOKEN, FILTER],
    instances: [{ instance: "i1", service: "auth", version: 7, refused: [] }],
  };

  /** @param permissions of whoever is signed in @param reply answers in its place where it answers */
  constructor(
    readonly permissions: string[] = ["settings.read", "settings.write", "users.read"],
    public reply: Reply = () => undefined,
  ) {}

  readonly fetch = async (request: Request): Promise<Response> => {
    const { pathname: path, searchParams: query } = new URL(request.url);
    const { method } = request;
    const body: unknown = method === "PUT" ? await request.clone().json() : undefined;
    this.asked.push({ method, path, query: String(query), ifMatch: request.headers.get("if-match"), body });
    const other = await this.reply(request);
    if (other) return other;
    if (path === "/console/session") return Response.json({ user_id: "u1", permissions: this.permissions });
    if (path.startsWith("/api/v1/users/")) return Response.json({ id: "u1", email: "g@x.org", display_name: "Grace" });
    if (path === "/api/v1/settings") return Response.json(this.list);
    if (path === "/api/v1/settings/changes") return Response.json({ items: CHANGES, next_cursor: null });
    const setting = this.list.items.find(({ key }) => path.endsWith(`/${key}`));
    if (!setting) return refusal(404, "not-found");
    if (method === "GET") return Response.json(setting);
    if (request.headers.get("if-match") !== `"${setting.version}"`) return refusal(412, "precondition-failed");
    const value = method === "PUT" ? (body as { value: unknown }).value : setting.start_value;
    return Response.json(this.becomes(setting.key, { value, is_changed: method === "PUT" }));
  };

  /** Changes a setting, as somebody else may. */
  becomes(key: string, changed: Partial<Setting>): Setting | undefined {
    this.list.version += 1;
    const { version } = this.list;
    this.list.items = this.list.items.map((one) => (one.key === key ? { ...one, ...changed, version } : one));
    this.list.instances = this.list.instances.map((one) => ({ ...one, version }));
    return this.list.items.find((one) => one.key === key);
  }

  /** What was sent to change something. */
  get sent() {
    return this.asked
      .filter(({ method }) => method !== "GET")
      .map(({ method, ifMatch, body }) => ({ method, ifMatch, body }));
  }
}
