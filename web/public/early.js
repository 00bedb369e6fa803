// Before the first paint, so that the page never flashes in the wrong colours, and what it needs comes while its program does.
// It is a file of its own because the Content-Security-Policy allows no inline script.
(() => {
  const root = document.documentElement;
  const chosen = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      // Storage may be forbidden; the system's choice is used then.
      return null;
    }
  };

  // The same rule as in src/lib/theme.ts.
  const theme = chosen("orion.theme");
  const dark = theme === "dark" || (theme !== "light" && window.matchMedia("(prefers-color-scheme: dark)").matches);
  root.classList.toggle("dark", dark);

  // The build says where words and code are, and what the pages before the sign-in ask first (early.ts).
  const { words = {}, code = {}, entries } = JSON.parse(root.dataset.early ?? "{}");
  const fetchCode = (href) => {
    const link = document.createElement("link");
    link.rel = "modulepreload";
    link.href = href;
    document.head.append(link);
  };

  // The same rule as in src/lib/language.ts.
  const language = [chosen("orion.language"), ...navigator.languages, "en"]
    .map((tag) => (tag ?? "").split("-")[0].toLowerCase())
    .find((name) => Object.hasOwn(words, name));
  if (language) {
    root.lang = language;
    fetchCode(words[language]);
  }

  // What the program asks first; src/api/early-answers.ts hands the answers on.
  // Where nothing was built, as on the page of parts, nothing is asked early.
  const path = location.pathname.replace(/\/+$/, "") || "/";
  const asked = entries ? (entries[path] ?? ["/console/session"]) : [];
  window.earlyAnswers = new Map(
    asked.map((address) => {
      const answer = fetch(address, {
        headers: { accept: "application/json, application/problem+json" },
        cache: "no-store",
      });
      // Nobody may want it; whoever does hears of it.
      answer.catch(() => undefined);
      return [address, answer];
    }),
  );

  const isEntry = entries?.[path] !== undefined;
  for (const href of new Set([...(isEntry ? [] : (code.shell ?? [])), ...(code[path] ?? [])])) fetchCode(href);
})();
