/** Waits for the page with this heading. */
export const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();

/** Goes to a page by the navigation. */
export const goTo = (page, link) =>
  page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: link }).click();
