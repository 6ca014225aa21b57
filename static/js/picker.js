// A fieldset [data-picker] of checkboxes becomes a searchable box: type, arrow keys, Enter. The checkboxes stay the form's values.
// Enter in the box never sends the form; a whole name is picked on leaving it, and what is left in the box is said to be no choice.
document.querySelectorAll("[data-picker]").forEach(enhance);

function enhance(picker) {
  const plain = picker.querySelector(".picker-list");
  const legend = picker.querySelector("legend").firstChild.textContent.trim();
  const chosen = make("ul", "picker-chosen");
  const input = make("input", "", { role: "combobox", type: "text", autocomplete: "off", placeholder: picker.dataset.placeholder,
    "aria-label": legend, "aria-controls": `${picker.id}-options`, "aria-autocomplete": "list", "aria-expanded": "false" });
  const list = make("ul", "picker-options", { id: `${picker.id}-options`, role: "listbox", "aria-multiselectable": "true", "aria-label": legend });
  const none = make("p", "picker-none", { role: "status" });
  const box = make("div", "picker-box");
  const choices = [...plain.querySelectorAll(".option")].map((label, index) => {
    const option = make("li", "picker-option", { id: `${list.id}-${index}`, role: "option" }, label.textContent.trim());
    const choice = { option, check: label.querySelector("input"), name: option.textContent, words: `${option.textContent} ${label.dataset.words}`.toLowerCase() };
    option.addEventListener("click", () => toggle(choice));
    choice.check.addEventListener("change", draw);
    return choice;
  });
  let [active, found] = [null, []];

  list.append(...choices.map((choice) => choice.option));
  box.append(input, list, none);
  plain.before(chosen, box);
  plain.hidden = list.hidden = true;
  draw();
  input.addEventListener("click", open);
  input.addEventListener("input", open);
  input.addEventListener("blur", () => { list.hidden = true; for (const each of ["pointerup", "keyup"]) addEventListener(each, () => setTimeout(leave), { once: true }); });
  input.form?.addEventListener("submit", leave);
  list.addEventListener("mousedown", (event) => event.preventDefault());
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") close();
    else if (step) { event.preventDefault(); move(step); }
    else if (event.key === "Enter") { event.preventDefault(); if (active) toggle(active); }
  });

  function open() {
    const typed = input.value.toLowerCase().trim();
    for (const choice of choices) choice.option.hidden = !typed.split(/\s+/).every((word) => choice.words.includes(word));
    const rank = ({ name }) => (typed && name.toLowerCase().startsWith(typed) ? name.length : 999);
    found = choices.filter((choice) => !choice.option.hidden).sort((a, b) => rank(a) - rank(b));
    list.append(...found.map((choice) => choice.option));
    none.textContent = found.length ? "" : picker.dataset.nothing || "Nothing by that name. Leave it empty if you are not sure.";
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    activate(typed ? found[0] : null);
  }
  function leave() { // After the press that left the box: what comes below it must not move under that press.
    if (document.activeElement === input) return;
    const typed = input.value.toLowerCase().trim();
    choices.filter(({ name, check }) => name.toLowerCase() === typed && !check.checked).forEach(pick);
    close();
    if (input.value.trim()) none.textContent = picker.dataset.unpicked || "Nothing is picked by these words: choose a line of the list.";
  }
  function close() {
    list.hidden = true;
    none.textContent = "";
    input.setAttribute("aria-expanded", "false");
    activate(null);
  }
  function move(step) {
    if (list.hidden) open();
    activate(found[(found.indexOf(active) + step + found.length) % found.length]);
  }
  function activate(choice) {
    delete active?.option.dataset.state;
    active = choice || null;
    input.setAttribute("aria-activedescendant", active ? active.option.id : "");
    if (!active) return;
    active.option.dataset.state = "active";
    active.option.scrollIntoView({ block: "nearest" });
  }
  function pick(choice) {
    choice.check.checked = !choice.check.checked;
    choice.check.dispatchEvent(new Event("change", { bubbles: true }));
    input.value = "";
  }
  function toggle(choice) {
    pick(choice);
    close();
    input.focus();
  }
  function draw() {
    for (const { option, check } of choices) option.setAttribute("aria-selected", String(check.checked));
    chosen.replaceChildren(...choices.filter(({ check }) => check.checked).map((choice) => {
      const [item, remove] = [make("li"), make("button", "", { type: "button", "aria-label": `${picker.dataset.remove || "Remove"} ${choice.name}` }, `${choice.name} ×`)];
      remove.addEventListener("click", () => toggle(choice));
      item.append(remove);
      return item;
    }));
  }
}

function make(tag, className, attributes = {}, text = "") {
  const element = Object.assign(document.createElement(tag), { textContent: text });
  if (className) element.className = className;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
