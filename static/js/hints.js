// A form [data-hints-url]: a pause after the last key it asks what is alike, and at once what belongs to what is picked.
// The answer goes into places that are kept free for it, so nothing moves; the focus stays where it is.
const PAUSE = 700;
const form = document.querySelector("form[data-hints-url]");
if (form) watch();

function watch() {
  const [prompts, box, found, said] = ["#prompts", ".hints", "#hints-found", "#hints-said"].map((each) => form.querySelector(each));
  const field = (name) => form.elements.namedItem(name);
  const picked = () => [...form.querySelectorAll('[name="about"]:checked')].map((each) => each.value);
  let timer = 0;
  let request = new AbortController();
  let asked = text();
  let about = picked().join(" ");

  box.hidden = false;
  stopOrGoOn();
  form.addEventListener("input", (event) => { if (["subject", "body"].includes(event.target.name)) later(PAUSE); });
  form.addEventListener("change", (event) => { if (event.target.name === "about") later(0); });
  found.addEventListener("click", pick);
  if (field("subject").value || field("body").value) later(0, true);

  function text() {
    const body = new URLSearchParams({ subject: field("subject").value, body: field("body").value, csrf_token: field("csrf_token").value });
    for (const each of picked()) body.append("about", each);
    return body.toString();
  }
  function later(pause, always = false) {
    clearTimeout(timer);
    timer = setTimeout(() => { if (always || text() !== asked) ask(); }, pause);
  }
  async function ask() {
    request.abort();
    request = new AbortController();
    asked = text();
    const now = picked().join(" ");
    try {
      const answer = await fetch(form.dataset.hintsUrl, { method: "POST", body: new URLSearchParams(asked), signal: request.signal });
      if (!answer.ok) return;
      const parts = new DOMParser().parseFromString(await answer.text(), "text/html");
      showPrompts(parts.querySelector('[data-part="prompts"]'), now);
      showHints(parts.querySelector('[data-part="hints"]'));
      field("seen").value = `${parts.querySelector('[data-part="prompts"]').dataset.seen}alike`;
    } catch { /* Superseded by a newer text, or offline: what is shown stays, and the next page shows it once. */ }
  }
  function showPrompts(part, now) {
    if (now === about) return;
    about = now;
    const typed = new Map([...prompts.querySelectorAll("textarea")].map((each) => [each.name, each.value]));
    prompts.replaceChildren(...part.childNodes);
    for (const each of prompts.querySelectorAll("textarea")) each.value = typed.get(each.name) || each.value;
    stopOrGoOn();
  }
  function stopOrGoOn() {
    const stop = prompts.querySelector("[data-stop]");
    const isIn = !prompts.contains(document.activeElement) && document.activeElement.closest(".give-rest, .hints");
    if (stop) form.dataset.state = "stopped"; else delete form.dataset.state;
    if (stop && isIn) stop.querySelector("a").focus();
  }
  function showHints(part) {
    const isEmpty = !part.children.length;
    if (!found.contains(document.activeElement)) found.replaceChildren(...part.childNodes);
    box.querySelector(".hints-none").hidden = !isEmpty;
    if (said.textContent !== part.dataset.said) said.textContent = part.dataset.said;
  }
  function pick(event) {
    const button = event.target.closest("[data-pick]");
    const choice = button && form.querySelector(`[name="about"][value="${CSS.escape(button.dataset.pick)}"]`);
    if (!choice || choice.checked) return;
    choice.checked = true;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
    button.setAttribute("aria-disabled", "true");
  }
}
