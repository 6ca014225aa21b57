// Elements [data-key=<character>]: the key follows the link, presses the button or enters the field. "?" lists the keys.
const isTyping = (element) => element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
const named = (element) => (element.getAttribute("aria-label") || element.labels?.[0]?.textContent || element.textContent).trim();
// What is folded away has a box in some browsers, and must not be pressed unseen.
const isShown = (element) => element.getClientRects().length > 0 && (element.checkVisibility?.() ?? true);
const keyed = () => [...document.querySelectorAll("[data-key]")].filter(isShown);

for (const help of document.querySelectorAll("[data-keys-help]")) help.hidden = false;
for (const element of document.querySelectorAll("[data-key]")) element.setAttribute("aria-keyshortcuts", element.dataset.key);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "?") {
    event.preventDefault();
    list();
    return;
  }
  const element = keyed().find((one) => one.dataset.key === event.key);
  if (!element) return;
  event.preventDefault();
  if (isTyping(element)) element.focus();
  else element.click();
  if (element.matches("details[open] > summary")) element.parentElement.querySelector("input:not([type=hidden]), select, textarea")?.focus();
});

function list() {
  const dialog = document.createElement("dialog");
  const heading = document.createElement("h2");
  const pairs = document.createElement("dl");
  const close = document.createElement("button");
  dialog.className = "keys";
  dialog.setAttribute("aria-labelledby", "keys-title");
  heading.id = "keys-title";
  heading.textContent = "Keys on this page";
  for (const element of keyed()) {
    const term = document.createElement("dt");
    const key = document.createElement("kbd");
    const words = document.createElement("dd");
    key.textContent = element.dataset.key;
    term.append(key);
    words.textContent = named(element);
    pairs.append(term, words);
  }
  close.className = "button";
  close.dataset.kind = "secondary";
  close.textContent = "Close";
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  dialog.append(heading, pairs, close);
  document.body.append(dialog);
  dialog.showModal();
}
