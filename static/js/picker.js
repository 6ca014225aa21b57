// A fieldset [data-picker] of checkboxes becomes a searchable box: type, arrow keys, Enter; chosen ones are listed above it.
for (const picker of document.querySelectorAll("[data-picker]")) {
  const list = picker.querySelector(".picker-list");
  const options = [...list.querySelectorAll(".option")];
  const groups = [...list.querySelectorAll(".picker-group")];
  const box = make("div", "picker-box");
  const chosen = make("ul", "picker-chosen");
  const none = make("p", "picker-none");
  const input = make("input");
  const name = (option) => option.textContent.trim();
  const check = (option) => option.querySelector("input");
  const shown = () => options.filter((option) => !option.hidden);
  let active = null;

  Object.assign(input, { type: "text", placeholder: picker.dataset.placeholder, autocomplete: "off" });
  list.id = `${picker.id}-list`;
  attributes(input, { role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list",
    "aria-label": picker.querySelector("legend").firstChild.textContent.trim() });
  attributes(list, { role: "listbox", "aria-multiselectable": "true", "aria-label": "Choices" });
  for (const heading of list.querySelectorAll(".picker-heading")) heading.ariaHidden = "true";
  options.forEach((option, index) => {
    option.id = `${list.id}-${index}`;
    attributes(option, { role: "option" });
    check(option).hidden = true;
    check(option).addEventListener("change", draw);
  });
  none.textContent = "Nothing by that name. Leave it empty if you are not sure.";
  list.before(chosen, box);
  box.append(input, list);
  box.append(none);
  picker.dataset.ready = "";
  close();
  draw();

  input.addEventListener("focus", open);
  input.addEventListener("click", open);
  input.addEventListener("input", open);
  list.addEventListener("mousedown", (event) => event.preventDefault());
  box.addEventListener("focusout", (event) => { if (!box.contains(event.relatedTarget)) close(); });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); move(event.key === "ArrowDown" ? 1 : -1); }
    else if (event.key === "Enter" && !list.hidden) { event.preventDefault(); if (active) toggle(active); }
    else if (event.key === "Backspace" && !input.value) { const last = options.findLast((option) => check(option).checked); if (last) toggle(last); }
  });

  function open() {
    const words = input.value.toLowerCase().split(/\s+/);
    for (const option of options) option.hidden = !words.every((word) => `${name(option)} ${option.dataset.words}`.toLowerCase().includes(word));
    for (const group of groups) group.hidden = !group.querySelector(".option:not([hidden])");
    none.hidden = shown().length > 0;
    list.hidden = !none.hidden;
    input.setAttribute("aria-expanded", "true");
    activate(input.value ? shown()[0] : null);
  }
  function close() {
    list.hidden = none.hidden = true;
    input.setAttribute("aria-expanded", "false");
    activate(null);
  }
  function move(by) {
    if (list.hidden) open();
    const all = shown();
    activate(all[(all.indexOf(active) + by + all.length) % all.length]);
  }
  function activate(option) {
    if (active) delete active.dataset.state;
    active = option || null;
    if (!active) { input.removeAttribute("aria-activedescendant"); return; }
    active.dataset.state = "active";
    input.setAttribute("aria-activedescendant", active.id);
    active.scrollIntoView({ block: "nearest" });
  }
  function toggle(option) {
    check(option).checked = !check(option).checked;
    check(option).dispatchEvent(new Event("change", { bubbles: true }));
    input.value = "";
    close();
  }
  function draw() {
    chosen.replaceChildren(...options.filter((option) => check(option).checked).map((option) => {
      const item = make("li");
      const button = make("button");
      Object.assign(button, { type: "button", textContent: `${name(option)} ×` });
      button.setAttribute("aria-label", `Remove ${name(option)}`);
      button.addEventListener("click", () => { toggle(option); input.focus(); });
      item.append(button);
      return item;
    }));
    for (const option of options) option.setAttribute("aria-selected", String(check(option).checked));
  }
}

function make(tag, className = "") {
  return Object.assign(document.createElement(tag), { className });
}
function attributes(element, values) {
  for (const [key, value] of Object.entries(values)) element.setAttribute(key, value);
}
