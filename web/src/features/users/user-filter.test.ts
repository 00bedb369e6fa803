import { expect, it } from "vitest";
import { readUserFilter } from "./user-filter";

const said = (search: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(readUserFilter(search)).filter(([, value]) => value !== undefined));

it("reads what the address says, and leaves out what the server would refuse", () => {
  expect(
    said({
      search: 42,
      status: "active",
      role: " admin ",
      organisation: "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42",
      is_verified: false,
      created_since: "2030-01-01T00:00:00Z",
      sort: "-name",
    }),
  ).toEqual({
    search: "42",
    status: "active",
    role: "admin",
    organisation: "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42",
    is_verified: false,
    created_since: "2030-01-01T00:00:00.000Z",
    sort: "-name",
  });
  expect(
    said({
      status: "strange",
      organisation: "engines",
      is_verified: "perhaps",
      created_until: "soon",
      last_login_since: 7,
      sort: "age",
      tags: " ",
    }),
  ).toEqual({});
});

it("says nothing of the sort that the list has unasked", () => {
  expect(said({ sort: "-created_at" })).toEqual({});
});
