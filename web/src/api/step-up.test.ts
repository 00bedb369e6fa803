import { afterEach, expect, it, vi } from "vitest";
import { onStepUp, stepUpStore, withStepUp } from "./step-up";

const refusal = () =>
  new Response(
    JSON.stringify({ type: "urn:orion:problem:insufficient-user-authentication", title: "Prove it", status: 401 }),
    { status: 401, headers: { "content-type": "application/problem+json" } },
  );
const call = (method = "POST") =>
  new Request("http://localhost/api/v1/x", { method, ...(method === "POST" && { body: "what was typed" }) });

let stop = () => {};
afterEach(() => stop());

it("makes the call once more after a fresh sign-in, with what was typed", async () => {
  const bodies: string[] = [];
  const send = vi.fn(async (request: Request) => {
    bodies.push(await request.text());
    return bodies.length === 1 ? refusal() : new Response(null, { status: 204 });
  });
  stop = onStepUp(async () => {
    expect(stepUpStore.isAsking()).toBe(true);
    return true;
  });
  expect((await withStepUp(call(), send)).status).toBe(204);
  expect(bodies).toEqual(["what was typed", "what was typed"]);
  expect(stepUpStore.isAsking()).toBe(false);
});

it("asks nobody in a circle, nor for a call that only reads", async () => {
  const ask = vi.fn(async () => true);
  stop = onStepUp(ask);
  const send = vi.fn(async (_: Request) => refusal());
  expect((await withStepUp(call(), send)).status).toBe(401);
  expect([ask.mock.calls.length, send.mock.calls.length]).toEqual([1, 2]);
  expect((await withStepUp(call("GET"), send)).status).toBe(401);
  expect(ask).toHaveBeenCalledOnce();
});

it("leaves the refusal as it was when the sign-in is called off, and other refusals always", async () => {
  const ask = vi.fn(async () => false);
  stop = onStepUp(ask);
  const send = vi.fn(async (_: Request) => refusal());
  const answer = await withStepUp(call(), send);
  expect([answer.status, (await answer.json()).title]).toEqual([401, "Prove it"]);
  expect(send).toHaveBeenCalledOnce();
  const other = async () => new Response("{}", { status: 401, headers: { "content-type": "application/json" } });
  expect((await withStepUp(call(), other)).status).toBe(401);
  expect(ask).toHaveBeenCalledOnce();
});

it("asks once for several calls at once", async () => {
  let answer = (_: boolean) => {};
  const ask = vi.fn(() => new Promise<boolean>((resolve) => (answer = resolve)));
  stop = onStepUp(ask);
  const seen = new Set<Request>();
  const sends = [0, 1].map(() => {
    let count = 0;
    return vi.fn(async (request: Request) => {
      seen.add(request);
      count += 1;
      return count === 1 ? refusal() : new Response(null, { status: 204 });
    });
  });
  const answers = sends.map((send) => withStepUp(call(), send));
  await vi.waitFor(() => expect(seen.size).toBe(2));
  await vi.waitFor(() => expect(ask).toHaveBeenCalled());
  answer(true);
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([204, 204]);
  expect(ask).toHaveBeenCalledOnce();
});
