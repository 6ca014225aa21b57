// A form [data-autosave=<address>] is sent there a moment after each change and kept as the writer's own text. What cannot be sent
// (offline, signed out) stays in this browser under [data-autosave-key] and is offered when the form is opened again.
const AFTER = 2000;
const BEAT = 20_000;
const IDLE = 300_000; // A forgotten window does not keep its session alive.
const SAVED = "Saved as a draft of yours";
const KEPT = "Your text is kept in this browser.";
const REASONS = {
  401: `Not saved: you are signed out. ${KEPT}`,
  403: `Not saved: you may not edit this text. ${KEPT}`,
  404: `Not saved: this text is not there any more. ${KEPT}`,
  409: `Not saved: this text cannot be edited any more. ${KEPT}`,
  422: `Not saved: the text is longer than a form may be. ${KEPT}`,
};
const OFFLINE = `Not saved: you are offline or signed out. ${KEPT}`;
const SENT_KEY = "unsaved-sent";

forgetWhatWasSaved();
for (const form of document.querySelectorAll("form[data-autosave]")) watch(form);

// The page after a save: what this browser kept in case it fails is not needed any more.
function forgetWhatWasSaved() {
  const key = sessionStorage.getItem(SENT_KEY);
  const isSaved = document.querySelector("main > .notice[role=status]:is([data-kind=success], [data-kind=info])");
  if (key && isSaved) localStorage.removeItem(key);
  sessionStorage.removeItem(SENT_KEY);
}

function watch(form) {
  const key = `unsaved:${form.dataset.autosaveKey}`;
  const state = document.querySelector("[data-autosave-state]");
  const age = document.querySelector("[data-autosave-age]");
  const isStored = form.dataset.beat === "yes";
  let timer = 0;
  let savedAt = 0;
  let touchedAt = Date.now();
  let isOffered = false;
  let said = written();

  offer();
  if (isStored) beat();
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    if (!isOffered) keep();
    sessionStorage.setItem(SENT_KEY, key);
  });
  for (const kind of ["keydown", "pointermove"]) document.addEventListener(kind, () => { touchedAt = Date.now(); }, { passive: true });
  addEventListener("online", () => { if (isDirty()) save(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && isDirty()) save(); });
  setInterval(() => {
    if (isDirty() && !timer) save();
    else if (isStored && !document.hidden && Date.now() - touchedAt < IDLE) beat();
  }, BEAT);
  setInterval(tellAge, 5_000);

  function changed() {
    touchedAt = Date.now();
    clearTimeout(timer);
    timer = setTimeout(save, AFTER);
  }
  function isDirty() { return written() !== said; }

  async function save() {
    clearTimeout(timer);
    timer = 0;
    const text = written();
    if (text === said) return;
    const answer = await send(new URLSearchParams(new FormData(form)));
    if (!answer?.ok) {
      tell("failed", (answer && REASONS[answer.status]) || OFFLINE, answer?.status === 401);
      if (!isOffered) keep();
      return;
    }
    said = text;
    savedAt = Date.now();
    if (!isOffered) localStorage.removeItem(key);
    tell("saved", SAVED);
    if (!isDirty()) form.dispatchEvent(new Event("autosaved")); // Leaving loses nothing now; js/leave.js need not ask.
    hear(await answer.json());
  }

  async function beat() {
    const answer = await send(new URLSearchParams({ beat: "1", csrf_token: token(), version: value("version") }));
    if (answer?.ok) hear(await answer.json());
  }

  async function send(body) {
    try {
      const answer = await post(body);
      if (answer.status !== 400 || !(await renewToken())) return answer;
      body.set("csrf_token", token());
      return await post(body);
    } catch {
      return null;
    }
  }
  function post(body) { return fetch(form.dataset.autosave, { method: "POST", body, headers: { Accept: "application/json" } }); }

  // Whoever signed in again in another window has a new session, to which the token of this form does not belong.
  async function renewToken() {
    const page = await fetch(form.getAttribute("action"), { redirect: "manual" });
    if (!page.ok) return false;
    const other = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("form[data-autosave]");
    if (other?.dataset.autosaveKey !== form.dataset.autosaveKey) return false;
    for (const field of document.querySelectorAll("[name=csrf_token]")) field.value = other.querySelector("[name=csrf_token]").value;
    return true;
  }

  function hear({ others, is_old: isOld }) {
    const sentences = isOld ? [...others, "Somebody saved a newer text meanwhile. Saving shows you both."] : others;
    const place = document.querySelector("[data-presence]");
    if (sentences.join() === [...place.children].map((line) => line.textContent).join()) return;
    place.replaceChildren(...sentences.map((sentence) => Object.assign(document.createElement("p"), { textContent: sentence })));
  }

  function tell(kind, sentence, isSignedOut = false) {
    state.dataset.autosaveState = kind;
    state.textContent = sentence;
    if (isSignedOut) {
      const again = Object.assign(document.createElement("a"), { textContent: "Sign in again", target: "_blank", rel: "opener", href: form.dataset.signIn });
      state.append(" ", again);
    }
    tellAge();
  }
  function tellAge() {
    const seconds = Math.round((Date.now() - savedAt) / 1000);
    const words = seconds < 60 ? `${seconds} s ago` : `${Math.floor(seconds / 60)} min ago`;
    age.textContent = state.dataset.autosaveState === "saved" ? words : "";
  }

  // What this browser keeps.

  function keep() {
    try { localStorage.setItem(key, JSON.stringify({ at: Date.now(), fields: fields() })); } catch { /* Full or forbidden. */ }
  }
  function kept() {
    try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
  }
  function offer() {
    const found = kept();
    if (!found) return;
    if (JSON.stringify(found.fields) === JSON.stringify(fields())) { localStorage.removeItem(key); return; }
    isOffered = true;
    const notice = document.getElementById("kept-text").content.cloneNode(true).firstElementChild;
    notice.querySelector("[data-kept-at]").textContent = new Date(found.at).toLocaleString("en");
    notice.querySelector("[data-kept-continue]").addEventListener("click", () => { decided(notice); fillIn(found.fields); });
    notice.querySelector("[data-kept-discard]").addEventListener("click", () => decided(notice));
    form.before(notice);
  }
  function decided(notice) {
    isOffered = false;
    localStorage.removeItem(key);
    notice.remove();
    form.elements.namedItem("title").focus();
  }
  function fillIn(values) {
    for (const control of form.elements) {
      if (!control.name || ["hidden", "submit", "button", "fieldset"].includes(control.type)) continue;
      const given = values.filter(([name]) => name === control.name).map(([, each]) => each);
      if (control.type === "checkbox") control.checked = given.includes(control.value);
      else if (control.type === "select-one") control.value = [...control.options].find((option) => option.value && given.includes(option.value))?.value || "";
      else control.value = given[0] || "";
      for (const kind of ["input", "change"]) control.dispatchEvent(new Event(kind, { bubbles: true }));
    }
  }

  function fields() { return [...new FormData(form)].filter(([name]) => !["csrf_token", "version"].includes(name)); }
  function written() { return JSON.stringify(fields()); }
  function value(name) { return form.elements.namedItem(name)?.value || ""; }
  function token() { return value("csrf_token"); }
}
