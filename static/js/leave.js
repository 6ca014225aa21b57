// A form [data-warn] asks before the page is left with unsaved changes.
for (const form of document.querySelectorAll("form[data-warn]")) {
  let isDirty = false;
  form.addEventListener("input", () => { isDirty = true; });
  for (const kind of ["submit", "autosaved"]) form.addEventListener(kind, () => { isDirty = false; });
  addEventListener("beforeunload", (event) => {
    if (isDirty) event.preventDefault();
  });
}
