import { i18n } from "@lingui/core";
import { afterEach, describe, expect, it } from "vitest";
import { speak } from "@/lib/language";
import { addressFault, fieldSentence } from "./form-text";

afterEach(() => speak("en"));

describe("fieldSentence", () => {
  it("makes a sentence of what the server says of a field", () => {
    expect(fieldSentence(i18n, "password", "is one that many people use; choose another")).toBe(
      "The password is one that many people use; choose another.",
    );
    expect(fieldSentence(i18n, "password", "must have at least 20 characters")).toBe(
      "The password must have at least 20 characters.",
    );
    expect(fieldSentence(i18n, "display_name", "Too long.")).toBe("Too long.");
    expect(fieldSentence(i18n, "display_name", undefined)).toBeUndefined();
  });

  it("says it in the language of the page where that knows it, otherwise as the server does", async () => {
    await speak("de");
    const common = fieldSentence(i18n, "password", "is one that many people use; choose another");
    expect(common).toMatch(/^Das Passwort /);
    expect(common).not.toContain("many people");
    expect(fieldSentence(i18n, "password", "must rhyme")).toBe("Das Passwort: must rhyme.");
  });
});

describe("addressFault", () => {
  const fault = (address: string) => {
    const message = addressFault(address);
    return message && i18n._(message);
  };

  it("tells what is missing, and leaves the rest to the server", () => {
    expect(fault("")).toContain("Enter");
    expect(fault("ada")).toContain("such as");
    expect(fault("ada@b@c")).toContain("such as");
    expect(fault("ada@example.org")).toBeUndefined();
  });
});
