import { readFileSync } from "node:fs";
import { Trans } from "@lingui/react/macro";
import { act, cleanup, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { formatFor, useFormat } from "./format";
import { chooseLanguage, LANGUAGES, languageName, speak, wantedLanguage } from "./language";
import { render } from "./show-page";

afterEach(async () => {
  cleanup();
  localStorage.clear();
  await speak("en");
});

const browserSpeaks = (...tags: string[]) => vi.spyOn(navigator, "languages", "get").mockReturnValue(tags);

/** The language that `public/early.js` asks for, before the program is there. */
function earlyLanguage(): string | undefined {
  const root = document.documentElement;
  const words = Object.fromEntries(LANGUAGES.map((name) => [name, `/assets/${name}.js`]));
  root.dataset.early = JSON.stringify({ words, code: {} });
  window.matchMedia = () => ({ matches: false }) as MediaQueryList;
  new Function(readFileSync("public/early.js", "utf8"))();
  const link = document.head.querySelector<HTMLLinkElement>("link[rel=modulepreload]");
  link?.remove();
  expect(link?.getAttribute("href")).toBe(`/assets/${root.lang}.js`);
  return root.lang;
}

describe("the language", () => {
  it.each([
    [["de-AT", "en"], null, "de"],
    [["tlh", "es-MX"], null, "es"],
    [["tlh"], null, "en"],
    [["en-GB"], "de", "de"],
    [["es"], "tlh", "es"],
  ])(
    "of a browser that wants %j, with %j chosen, is %s, also before the program is there",
    (tags, chosen, expected) => {
      browserSpeaks(...tags);
      if (chosen) localStorage.setItem("orion.language", chosen);
      expect(wantedLanguage()).toBe(expected);
      expect(earlyLanguage()).toBe(expected);
    },
  );

  it("is changed in place, said to screen readers, and kept for the next visit", async () => {
    function Page() {
      const { formatCount } = useFormat();
      return (
        <p>
          <Trans>Sign out</Trans> {formatCount(1234.5)}
        </p>
      );
    }
    render(<Page />);
    expect(screen.getByText(/Sign out/).textContent).toBe("Sign out 1,234.5");
    await act(() => chooseLanguage("de"));
    expect(screen.getByText(/Abmelden/).textContent).toBe("Abmelden 1.234,5");
    expect(document.documentElement.lang).toBe("de");
    expect(wantedLanguage()).toBe("de");
  });

  it("stays what it was when its words cannot be had", async () => {
    await expect(act(() => chooseLanguage("tlh"))).rejects.toThrow();
    expect(document.documentElement.lang).toBe("en");
    expect(localStorage.getItem("orion.language")).toBeNull();
  });

  it("is called by its own name", () => {
    expect(LANGUAGES.map(languageName)).toEqual(expect.arrayContaining(["Deutsch", "English", "Español"]));
  });

  it("writes dates as the browser's place does that speaks it", () => {
    browserSpeaks("en-GB", "de-AT");
    expect(formatFor("en").formatDate("2026-03-01T12:00:00Z")).toBe("1 Mar 2026");
    expect(formatFor("de").formatDate("2026-01-31T12:00:00Z")).toContain("31");
  });
});
