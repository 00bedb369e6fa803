import { describe, expect, it } from "vitest";
import { addressFault, fieldSentence } from "./form-text";

describe("fieldSentence", () => {
  it("makes a sentence of what the server says of a field", () => {
    expect(fieldSentence("The password", "is one that many people use; choose another")).toBe(
      "The password is one that many people use; choose another.",
    );
    expect(fieldSentence("The name", "Too long.")).toBe("Too long.");
    expect(fieldSentence("The name", undefined)).toBeUndefined();
  });
});

describe("addressFault", () => {
  it("tells what is missing, and leaves the rest to the server", () => {
    expect(addressFault("")).toContain("Enter");
    expect(addressFault("ada")).toContain("such as");
    expect(addressFault("ada@b@c")).toContain("such as");
    expect(addressFault("ada@example.org")).toBeUndefined();
  });
});
