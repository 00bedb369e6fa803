import { describe, expect, it } from "vitest";
import { splitLinks } from "./split-links";

const links = (text: string) => splitLinks(text).flatMap(({ href }) => href ?? []);

describe("splitLinks", () => {
  it("finds addresses and keeps every letter of the rest", () => {
    const text = "Confirm:\n\nhttp://localhost:3000/verify?token=a-b_c\n\n(see https://example.org/help.)";
    expect(links(text)).toEqual(["http://localhost:3000/verify?token=a-b_c", "https://example.org/help"]);
    expect(
      splitLinks(text)
        .map((piece) => piece.text)
        .join(""),
    ).toBe(text);
  });

  it.each(["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "mailto:a@b.test", "http://", "no link"])(
    "makes no link of %s",
    (text) => expect(links(text)).toEqual([]),
  );
});
