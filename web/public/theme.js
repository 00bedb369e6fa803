// Runs before the first paint, so that the page never flashes in the wrong colours.
// It is a file of its own because the Content-Security-Policy allows no inline script.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("orion.theme");
  } catch {
    // Storage may be forbidden; the system's choice is used then.
  }
  const dark = choice === "dark" || (choice !== "light" && window.matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.toggle("dark", dark);
})();
