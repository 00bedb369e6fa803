import { describe, expect, it } from "vitest";
import { textsOf } from "./secrets";

const hide = (...paths: string[]) => ({ paths, anotherText: "another one" });

describe("values", () => {
  it("are written with their keys in order", () => {
    const [before, after] = textsOf({ b: 1, a: [{ d: 1, c: 2 }] }, { a: [{ c: 2, d: 1 }], b: 1 }, hide());
    expect(before).toBe(after);
    expect(before.indexOf('"a"')).toBeLessThan(before.indexOf('"b"'));
  });

  it("hide secrets, and tell that one is another", () => {
    const before = { mail: { url: "old" }, keys: { one: { secret: "same" }, two: { secret: "x" } } };
    const after = { mail: { url: "new" }, keys: { one: { secret: "same" }, two: { secret: "" } } };
    const texts = textsOf(before, after, hide("mail.url", "keys.*.secret"));
    expect(texts.join("\n")).not.toMatch(/old|new|same|"x"/);
    expect(texts[0]).toContain('"url": "••••••"');
    expect(texts[1]).toContain('"url": "•••••• (another one)"');
    expect(texts[1]).toContain('"secret": "••••••"');
    expect(texts[1]).toContain('"secret": ""');
  });

  it("hide a secret that is no text", () => {
    expect(textsOf({ key: { n: 12345 } }, { key: { n: 12345 } }, hide("key")).join()).not.toContain("12345");
  });

  it("may be missing on one side", () => {
    expect(textsOf(undefined, { a: 1 }, hide())[0]).toBe("");
  });
});

describe("texts", () => {
  it("hide what follows the name of a secret, however it is written", () => {
    const before = 'smtp_url = "smtp://u:p@h"\nORION_MAIL__SMTP_URL=one\n  "smtp_url": "two"\nsmtp_url = ""\nurl = 3';
    const [text] = textsOf(before, before, hide("mail.smtp_url"));
    expect(text).toBe('smtp_url = ••••••\nORION_MAIL__SMTP_URL=••••••\n  "smtp_url": ••••••\nsmtp_url = ""\nurl = 3');
  });

  it("tell that a secret is another", () => {
    const [before, after] = textsOf("url = old", "url = new", hide("mail.url"));
    expect([before, after]).toEqual(["url = ••••••", "url = •••••• (another one)"]);
  });

  it("do not differ by their line ends", () => {
    const [before, after] = textsOf("a\r\nb", "a\nb", hide());
    expect(before).toBe(after);
  });
});
