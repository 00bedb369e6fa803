"use strict";
// A form that was sent is not sent again by a second click: what it carries may count once, and the second answer would hide the
// first. After a while it may, for an answer can be lost.
document.addEventListener("submit", (event) => {
  const { dataset } = event.target;
  if (event.defaultPrevented) return;
  if (dataset.sent) return event.preventDefault();
  dataset.sent = "yes";
  setTimeout(() => delete dataset.sent, 10000);
});
addEventListener("pageshow", (event) => {
  if (event.persisted) for (const { dataset } of document.forms) delete dataset.sent;
});
// What is typed into a password field is shown by a button beside it, and hidden again before it is sent: browsers keep what is
// sent from a field that anybody can read.
for (const eye of document.querySelectorAll("[data-shows]")) {
  const field = document.getElementById(eye.dataset.shows);
  const show = (is) => {
    field.type = is ? "text" : "password";
    eye.setAttribute("aria-pressed", is);
  };
  eye.hidden = false;
  eye.addEventListener("click", () => show(field.type === "password"));
  field.form?.addEventListener("submit", () => show(false));
}
// A key is copied where the browser lets a page do that.
for (const copy of document.querySelectorAll("[data-copy]")) {
  copy.hidden = !navigator.clipboard;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).textContent);
    copy.nextElementSibling.textContent = copy.textContent = copy.dataset.copied;
  });
}
