// Passkeys on ORION's own pages. The server says what to ask the browser for, and a form carries the answer. Where a browser has
// no passkeys the form stays hidden, and the page works without it.
"use strict";
(() => {
  const form = document.querySelector("form[data-passkey]");
  if (!form) return;
  // Passkeys are bound to a name: at an IP address a browser has them, and uses none (WebAuthn, section 5.1.3).
  const isAddress = /^(\[|[\d.]+$)/.test(location.hostname);
  if (isAddress || !window.PublicKeyCredential || !navigator.credentials) {
    const words = document.querySelector(isAddress ? "[data-passkey-address]" : "[data-passkey-unsupported]");
    if (words) words.hidden = false;
    return;
  }
  const isNew = form.dataset.passkey === "create";
  const failed = form.querySelector("[role=alert]");

  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");

  // Browsers from before 2024 read and write no JSON of their own.
  function read(options) {
    const parse = isNew
      ? PublicKeyCredential.parseCreationOptionsFromJSON
      : PublicKeyCredential.parseRequestOptionsFromJSON;
    if (parse) return parse.call(PublicKeyCredential, options);
    const known = (list) => (list || []).map((key) => ({ ...key, id: bytes(key.id) }));
    const common = { ...options, challenge: bytes(options.challenge) };
    delete common.extensions;
    if (!isNew) return { ...common, allowCredentials: known(options.allowCredentials) };
    const user = { ...options.user, id: bytes(options.user.id) };
    return { ...common, user, excludeCredentials: known(options.excludeCredentials) };
  }

  function write(credential) {
    if (credential.toJSON) return credential.toJSON();
    const given = credential.response;
    const response = { clientDataJSON: text(given.clientDataJSON) };
    if (isNew) {
      response.attestationObject = text(given.attestationObject);
      response.transports = given.getTransports ? given.getTransports() : [];
    } else {
      response.authenticatorData = text(given.authenticatorData);
      response.signature = text(given.signature);
      if (given.userHandle) response.userHandle = text(given.userHandle);
    }
    return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response };
  }

  // What the server says to ask for. Where a sign-in is over, its page says so and leads on.
  async function options() {
    const answer = await fetch(form.dataset.options, {
      method: "POST",
      body: new URLSearchParams({ form_token: form.elements.form_token.value }),
    });
    if (answer.status === 410) {
      location.assign(form.action);
      return new Promise(() => {});
    }
    if (!answer.ok) throw new Error(`options: ${answer.status}`);
    return answer.json();
  }

  // Asks the browser, and sends what it gives. `more` says in which way it is asked.
  async function ask(told, more) {
    const order = { publicKey: read(told.public_key), ...more };
    const credential = await (isNew ? navigator.credentials.create(order) : navigator.credentials.get(order));
    form.elements.credential.value = JSON.stringify(write(credential));
    form.elements.flow_id.value = told.flow_id || "";
    form.elements.flow_token.value = told.flow_token || "";
    // The box that trusts this device may stand in another form of the page.
    const box = document.querySelector("input[name=trust]");
    if (box && box.form !== form) form.elements.trust.value = box.checked ? "yes" : "";
    form.submit();
  }

  async function begin() {
    const button = form.querySelector("button");
    button.disabled = true;
    failed.hidden = true;
    stop();
    try {
      await ask(await options(), {});
    } catch {
      failed.hidden = false;
      button.disabled = false;
      button.focus();
      offer();
    }
  }

  // Passkeys among what the browser fills the address in with. What was asked for is good for some minutes, and a page may stand
  // open for hours: it asks anew in time, but where nobody looks at it only once somebody does.
  let waiting = null;
  let timer = 0;
  let goodUntil = 0;

  function stop() {
    clearTimeout(timer);
    if (waiting) waiting.abort();
    waiting = null;
  }

  async function offer() {
    const can = PublicKeyCredential.isConditionalMediationAvailable;
    if (isNew || !can || !document.querySelector("[autocomplete~=webauthn]")) return;
    stop();
    const { signal } = (waiting = new AbortController());
    goodUntil = Infinity;
    try {
      if (!(await can.call(PublicKeyCredential))) return;
      const told = await options();
      if (signal.aborted) return;
      const milliseconds = told.expires_in * 900;
      goodUntil = Date.now() + milliseconds;
      timer = setTimeout(renew, milliseconds);
      await ask(told, { mediation: "conditional", signal });
    } catch (error) {
      // As after a night, before the network is back. Whatever else it is, there is the button.
      if (!signal.aborted && error instanceof TypeError) goodUntil = 0;
    }
  }

  function renew() {
    if (waiting && Date.now() >= goodUntil && document.visibilityState === "visible") offer();
  }

  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    begin();
  });
  // A timer sleeps with the computer.
  document.addEventListener("visibilitychange", renew);
  addEventListener("focus", renew);
  addEventListener("pageshow", renew);
  if (form.dataset.again) begin();
  else offer();
})();
