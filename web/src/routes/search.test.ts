import { describe, expect, it } from "vitest";
import { eventSearch, signInSearch, userSearch } from "./search";

describe("signInSearch", () => {
  it("goes on to a path of the console", () => {
    expect(signInSearch({ next: "/users?search=ada" }).next).toBe("/users?search=ada");
  });

  it.each(["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", 5])(
    "does not go on to %s",
    (next) => {
      expect(signInSearch({ next }).next).toBeUndefined();
    },
  );
});

describe("userSearch", () => {
  it("drops a status that does not exist", () => {
    expect(userSearch({ status: "asleep" }).status).toBeUndefined();
    expect(userSearch({ status: "suspended" }).status, "nobody can be that yet").toBeUndefined();
    expect(userSearch({ status: "pending_verification" }).status).toBe("pending_verification");
  });

  it("takes a search of digits as text", () => {
    expect(userSearch({ search: 2030 }).search).toBe("2030");
  });
});

describe("eventSearch", () => {
  it("takes a condition as it was written, also one that reads like a value", () => {
    expect(eventSearch({ filter: 'event.type == "user.created"' }).filter).toBe('event.type == "user.created"');
    expect(eventSearch({ filter: true }).filter).toBe("true");
    expect(eventSearch({ filter: "" }).filter).toBeUndefined();
  });
});
