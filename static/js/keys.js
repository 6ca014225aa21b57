// Elements [data-key=<character>]: the key follows the link, presses the button or enters the field. [data-go=<character>]: the
// same after a g; data-key-name says what it does where its label does not. In a list of [data-row], j and k move, x ticks, o opens. "?" lists the keys.
const isTyping = (element) => element.isContentEditable || /^(TEXTAREA|SELECT)$/.test(element.tagName) || (element.tagName === "INPUT" && !/^(checkbox|radio|button|submit)$/.test(element.type));
const isField = (element) => /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
const named = (element) => (element.dataset.keyName || element.getAttribute("aria-label") || element.labels?.[0]?.textContent || element.textContent).trim();
// What is folded away has a box in some browsers, and must not be pressed unseen.
const isShown = (element) => element.getClientRects().length > 0 && (element.checkVisibility?.() ?? true);
const shown = (selector) => [...document.querySelectorAll(selector)].filter(isShown);
const keyed = () => shown("[data-key]");
const IN_A_LIST = { j: "To the next line", k: "To the line before", x: "Tick the line", o: "Open the line" };
const GO_WITHIN = 1500;
let wentAt = 0;

for (const help of document.querySelectorAll("[data-keys-help]")) help.hidden = false;
for (const element of document.querySelectorAll("[data-key]")) element.setAttribute("aria-keyshortcuts", element.dataset.key);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "?") {
    event.preventDefault();
    list();
    return;
  }
  const goes = Date.now() - wentAt < GO_WITHIN && shown("[data-go]").find((one) => one.dataset.go === event.key);
  wentAt = event.key === "g" ? Date.now() : 0;
  if (goes) {
    event.preventDefault();
    goes.click();
    return;
  }
  if (inList(event.key)) {
    event.preventDefault();
    return;
  }
  const element = keyed().find((one) => one.dataset.key === event.key);
  if (!element) return;
  event.preventDefault();
  if (isField(element)) element.focus();
  else element.click();
  if (element.matches("details[open] > summary")) element.parentElement.querySelector("input:not([type=hidden]), select, textarea")?.focus();
});

// Whether the key meant the line one is on.
function inList(key) {
  const rows = shown("[data-row]");
  if (!rows.length || !(key in IN_A_LIST)) return false;
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  if (key === "j" || key === "k") {
    const there = here < 0 ? 0 : here + (key === "j" ? 1 : -1);
    rows[Math.max(0, Math.min(rows.length - 1, there))].querySelector("a").focus();
  } else if (here < 0) return false;
  else if (key === "x") rows[here].querySelector("input[type=checkbox]")?.click();
  else rows[here].querySelector("a").click();
  return true;
}

function list() {
  const dialog = document.createElement("dialog");
  const heading = document.createElement("h2");
  const pairs = document.createElement("dl");
  const close = document.createElement("button");
  dialog.className = "keys";
  dialog.setAttribute("aria-labelledby", "keys-title");
  heading.id = "keys-title";
  heading.textContent = "Keys on this page";
  if (shown("[data-row]").length) for (const [key, words] of Object.entries(IN_A_LIST)) if (key !== "x" || shown("[data-row] input[type=checkbox]").length) add(pairs, key, words);
  const ofPage = keyed().filter((element) => !element.dataset.go);
  for (const element of ofPage) add(pairs, element.dataset.key, named(element));
  for (const element of shown("[data-go]")) add(pairs, `g ${element.dataset.go}, ${element.dataset.key}`, named(element));
  close.className = "button";
  close.dataset.kind = "secondary";
  close.textContent = "Close";
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  dialog.append(heading, close, pairs);
  document.body.append(dialog);
  dialog.showModal();
}

function add(pairs, key, words) {
  const term = document.createElement("dt");
  const letter = document.createElement("kbd");
  const meaning = document.createElement("dd");
  letter.textContent = key;
  term.append(letter);
  meaning.textContent = words;
  pairs.append(term, meaning);
}
