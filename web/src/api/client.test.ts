import { beforeEach, describe, expect, it, vi } from "vitest";
import { api, callAs, given, onSessionEnded } from "./client";
import { contact } from "./contact";
import { ApiError } from "./problem";

const fetchMock = vi.fn<typeof fetch>();
const SIGN_IN = { email: "ada@example.org", password: "x" };

function answer(status: number, body: unknown, headers: Record<string, string> = {}): void {
  const type = status >= 400 ? "application/problem+json" : "application/json";
  fetchMock.mockResolvedValueOnce(
    new Response(body === undefined ? null : JSON.stringify(body), {
      status,
      headers: { "content-type": type, ...headers },
    }),
  );
}

const failure = async (call: Promise<unknown>): Promise<ApiError> => {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiError)) throw new Error(`not an ApiError: ${String(error)}`);
  return error;
};

beforeEach(() => {
  fetchMock.mockReset();
  vi.stubGlobal("fetch", fetchMock);
});

describe("calls", () => {
  it("send the proof against cross-site requests with everything but GET", async () => {
    answer(200, {});
    answer(201, {});
    answer(204, undefined);
    await api.GET("/console/state");
    await api.POST("/console/session", { body: SIGN_IN });
    await api.DELETE("/console/session");
    const sent = fetchMock.mock.calls.map(([request]) => (request as Request).headers.get("x-orion-csrf"));
    expect(sent).toEqual([null, "1", "1"]);
  });

  it("say as whom they are made, and that the page shows somebody else when the server refuses that", async () => {
    const ended = vi.fn();
    const stop = onSessionEnded(ended);
    answer(200, {});
    await api.GET("/api/v1/users/me");
    callAs({ user_id: "019e", organisation: null });
    answer(409, { type: "urn:orion:problem:acts-as-another", title: "Another", status: 409 });
    expect((await failure(api.GET("/api/v1/users/me"))).kind).toBe("acts-as-another");
    callAs(null);
    stop();
    const sent = fetchMock.mock.calls.map(([request]) => (request as Request).headers.get("x-orion-as"));
    expect(sent).toEqual([null, "019e"]);
    expect(ended).toHaveBeenCalledOnce();
  });

  it("say for which organisation they are made, and that the page shows another one when the server refuses that", async () => {
    const ended = vi.fn();
    const stop = onSessionEnded(ended);
    callAs({ user_id: "019e", organisation: null });
    answer(200, {});
    await api.GET("/api/v1/users/me");
    callAs({ user_id: "019e", organisation: { id: "o1", name: "Engines", permissions: [] } });
    answer(409, { type: "urn:orion:problem:acts-for-another", title: "Another", status: 409 });
    expect((await failure(api.GET("/api/v1/users/me"))).kind).toBe("acts-for-another");
    callAs(null);
    stop();
    const sent = fetchMock.mock.calls.map(([request]) => (request as Request).headers.get("x-orion-for"));
    expect(sent).toEqual(["none", "o1"]);
    expect(ended).toHaveBeenCalledOnce();
  });

  it("leave empty query values out and escape the others", async () => {
    answer(200, {});
    const cursor: string | undefined = undefined;
    await api.GET("/api/v1/users", { params: { query: given({ search: "a&b", cursor, limit: 50 }) } });
    const [[request]] = fetchMock.mock.calls as [[Request]];
    expect(request.url).toBe(`${window.location.origin}/api/v1/users?search=a%26b&limit=50`);
    expect(given({ search: "", limit: 0 })).toEqual({ limit: 0 });
  });
});

describe("errors", () => {
  it("carry the problem, its fields and its request id", async () => {
    answer(422, {
      type: "urn:orion:problem:validation",
      title: "Some fields are not valid",
      status: 422,
      request_id: "0190",
      errors: [
        { field: "email", message: "is not an address" },
        { field: "password", message: "is too short" },
        { field: "password", message: "is known from leaks" },
      ],
    });
    const error = await failure(api.POST("/console/setup", { body: { token: "", email: "", password: "" } }));
    expect(error.kind).toBe("validation");
    expect(error.problem.request_id).toBe("0190");
    expect(error.fieldErrors).toEqual({
      email: "is not an address",
      password: "is too short; is known from leaks",
    });
  });

  it("are problems too when something else than the service answered", async () => {
    fetchMock.mockResolvedValueOnce(
      new Response("<html>", { status: 502, headers: { "content-type": "text/html", "x-request-id": "77" } }),
    );
    const error = await failure(api.GET("/console/state"));
    expect(error.problem).toMatchObject({ status: 502, request_id: "77" });
    expect(error.isTransient).toBe(true);
  });

  it("make a server known that stands still, after 5 s and not only at their end", async () => {
    vi.useFakeTimers();
    vi.spyOn(AbortSignal, "timeout").mockImplementation((limit) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), limit);
      return controller.signal;
    });
    fetchMock.mockImplementation(
      (_, init) =>
        new Promise((_, reject) => init?.signal?.addEventListener("abort", () => reject(init.signal?.reason))),
    );
    void api.GET("/console/state");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(contact.view().lostSince).not.toBeNull();
    contact.heard();
    vi.useRealTimers();
  });

  it("say that the server does not answer when it does not", async () => {
    fetchMock.mockRejectedValueOnce(new TypeError("Failed to fetch"));
    const error = await failure(api.GET("/console/state"));
    expect(error.kind).toBe("unreachable");
    expect(error.isTransient).toBe(true);
  });
});

describe("the end of the session", () => {
  it("is reported for the console's own refusal, and for no other 401", async () => {
    const ended = vi.fn();
    const stop = onSessionEnded(ended);
    for (const kind of [
      "invalid-credentials",
      "insufficient_user_authentication",
      "invalid-token",
      "unauthenticated",
    ]) {
      answer(401, { type: `urn:orion:problem:${kind}`, title: "Refused", status: 401 });
      await failure(api.POST("/console/session", { body: SIGN_IN }));
      expect(ended, kind).not.toHaveBeenCalled();
    }
    answer(401, { type: "urn:orion:problem:no-console-session", title: "Sign in to the console", status: 401 });
    await failure(api.GET("/console/overview"));
    expect(ended).toHaveBeenCalledOnce();
    stop();
  });
});
