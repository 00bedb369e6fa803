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
