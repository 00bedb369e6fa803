import { i18n } from "@lingui/core";
import { afterEach, expect, it, vi } from "vitest";
import { ApiError, ownProblem, problemOf } from "@/api/problem";
import { hasPasskeys, isAtAddress, makePasskey, provePasskey, sendMadePasskey, sendProvenPasskey } from "./passkeys";
import { tellProblem } from "./problem-words";
import { given, stubPasskeys, wrongFields } from "./stub-passkeys";

afterEach(() => {
  vi.unstubAllGlobals();
});

const fails = (name: string) => () => {
  throw new DOMException("As the browser says", name);
};

/** What is said of a passkey that was not given. */
const told = async (asked: Promise<unknown>) =>
  tellProblem(
    i18n,
    await asked.then(
      () => expect.fail("it was given"),
      (thrown: unknown) => thrown,
    ),
  );

const fieldsWrong = async (...fields: string[]) => new ApiError(await problemOf(wrongFields(...fields)));

it("are there where the browser can read what it is asked for in JSON", () => {
  expect(hasPasskeys()).toBe(false);
  vi.stubGlobal("PublicKeyCredential", {});
  expect(hasPasskeys()).toBe(false);
  stubPasskeys({});
  expect(hasPasskeys()).toBe(true);
});

it("are not there at an IP address, whatever the browser can", () => {
  stubPasskeys({});
  for (const hostname of ["127.0.0.1", "192.0.2.7", "[::1]", "[2001:db8::7]"]) {
    vi.stubGlobal("location", { hostname });
    expect([hasPasskeys(), isAtAddress()], hostname).toEqual([false, true]);
  }
  for (const hostname of ["localhost", "console.example.com", "10.example.com"]) {
    vi.stubGlobal("location", { hostname });
    expect([hasPasskeys(), isAtAddress()], hostname).toEqual([true, false]);
  }
});

it("are proved and made by what the server asks for, and given in JSON", async () => {
  const asked: unknown[] = [];
  const answer = (id: string) => (order: unknown) => {
    asked.push(order);
    return given(id);
  };
  stubPasskeys({ get: answer("proved"), create: answer("made") });
  expect(await provePasskey({ challenge: "one" })).toEqual({ id: "proved" });
  expect(await makePasskey({ challenge: "two" })).toEqual({ id: "made" });
  expect(asked).toEqual([{ publicKey: { challenge: "one" } }, { publicKey: { challenge: "two" } }]);
});

it("that the browser does not give are told of in the page's words", async () => {
  stubPasskeys({ get: fails("NotAllowedError"), create: fails("InvalidStateError") });
  expect((await told(provePasskey({}))).title).toBe("The browser gave no passkey");
  expect((await told(makePasskey({}))).title).toBe("This device has a passkey of yours already");
  stubPasskeys({ get: fails("AbortError"), create: () => null });
  expect((await told(provePasskey({}))).title).toBe("The browser gave no passkey");
  expect((await told(makePasskey({}))).title).toBe("The browser gave no passkey");
});

it("that fail otherwise are told of with the browser's own words", async () => {
  stubPasskeys({ get: fails("SecurityError") });
  expect(await told(provePasskey({}))).toEqual({
    title: "The browser could not use a passkey here",
    detail: "As the browser says",
  });
});

it("leave a fault of the page as it is", async () => {
  const fault = new TypeError("not a function");
  stubPasskeys({
    get: () => {
      throw fault;
    },
  });
  await expect(provePasskey({})).rejects.toBe(fault);
});

it("that the server does not take are told of by what they were sent for", async () => {
  const refuse = async () => {
    throw await fieldsWrong("credential");
  };
  expect((await told(sendProvenPasskey(refuse))).title).toBe("This passkey does not open this account");
  expect(await told(sendMadePasskey(refuse))).toEqual({
    title: "This passkey could not be set up",
    detail: "The answer came too late, or this account has it already. Try again.",
  });
});

it("leave to the server's words what is wrong with more than the passkey", async () => {
  const more = await fieldsWrong("credential", "name");
  await expect(sendMadePasskey(() => Promise.reject(more))).rejects.toBe(more);
  const other = new ApiError(ownProblem("conflict", 409));
  await expect(sendProvenPasskey(() => Promise.reject(other))).rejects.toBe(other);
  expect(await sendProvenPasskey(async () => "an answer")).toBe("an answer");
});
