// A form [data-keep=<key>] keeps what was typed until the browser tab closes; [data-kept=<key>] on the receipt forgets it.
// The form's own key is kept with it: who lost the answer and sends the same text again stores nothing twice.
// [data-answered=<address>]: the page answers to a form that was sent. Back to it, or loaded again, it is the page at that
// address with what was typed, so that no browser asks whether to send once more.
const KEPT = "kept:";

const answered = document.querySelector("form[data-answered]");
if (answered) history.replaceState(null, "", answered.dataset.answered);

for (const done of document.querySelectorAll("[data-kept]")) {
  sessionStorage.removeItem(KEPT + done.dataset.kept);
}

for (const form of document.querySelectorAll("form[data-keep]")) {
  const key = KEPT + form.dataset.keep;
  const typed = () => [...form.elements].filter((control) => control.name === "form_key" ||
    (control.name && !["hidden", "password", "submit", "button", "fieldset"].includes(control.type)));
  const isUntouched = typed().every((control) =>
    ["hidden", "checkbox", "radio", "select-one", "select-multiple"].includes(control.type) || !control.value);

  if (isUntouched) restore();
  form.addEventListener("input", save);
  form.addEventListener("change", save);

  function save() {
    const values = typed().map((control) => [control.name, control.type, control.value, control.checked]);
    try { sessionStorage.setItem(key, JSON.stringify(values)); } catch { /* Full or forbidden: the form works without. */ }
  }

  function restore() {
    let values = [];
    try { values = JSON.parse(sessionStorage.getItem(key)) || []; } catch { return; }
    for (const [name, type, value, checked] of values) {
      const isChoice = type === "checkbox" || type === "radio";
      const control = typed().find((one) => one.name === name && (!isChoice || one.value === value));
      if (!control) continue;
      if (isChoice) control.checked = checked || control.checked;
      else if (value) control.value = value;
      control.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
}
