import { cleanup, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { ApiError } from "@/api/problem";
import { render } from "@/lib/show-page";
import { ProblemNotice } from "./problem-notice";

afterEach(cleanup);

const problem = (kind: string, ...fields: string[]) =>
  new ApiError({
    type: `urn:orion:problem:${kind}`,
    title: "Refused",
    status: 422,
    errors: fields.map((field) => ({ field, code: "invalid" as const, message: "is not good" })),
  });
const isTold = (error: ApiError | null) => {
  render(<ProblemNotice error={error} fields={["email", "password"]} />);
  const told = screen.queryByRole("alert") !== null;
  cleanup();
  return told;
};

it("tells nothing twice that stands at the fields of its form", () => {
  expect(isTold(problem("validation", "email"))).toBe(false);
  expect(isTold(problem("validation", "email", "password"))).toBe(false);
  // What somebody else has already, such as an address.
  expect(isTold(problem("conflict", "email"))).toBe(false);
  expect(isTold(null)).toBe(false);
});

it("tells what no field of the form does, and problems that say more than their fields", () => {
  expect(isTold(problem("validation", "email", "token"))).toBe(true);
  expect(isTold(problem("validation"))).toBe(true);
  expect(isTold(problem("conflict"))).toBe(true);
  expect(isTold(problem("conflict", "email", "token"))).toBe(true);
  expect(isTold(problem("setup-begun", "email"))).toBe(true);
});
