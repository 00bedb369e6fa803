// Before the first paint, so that the page never flashes in the wrong colours, and its words come while its program does.
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

  // The same rule as in src/lib/language.ts; the build says where the catalogues are.
  const catalogues = JSON.parse(root.dataset.words ?? "{}");
  const language = [chosen("orion.language"), ...navigator.languages, "en"]
    .map((tag) => (tag ?? "").split("-")[0].toLowerCase())
    .find((name) => Object.hasOwn(catalogues, name));
  if (!language) return;
  root.lang = language;
  const link = document.createElement("link");
  link.rel = "modulepreload";
  link.href = catalogues[language];
  document.head.append(link);
})();
