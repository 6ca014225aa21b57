// A form [data-ticks] of lines with boxes: ticking all, ticking a range with Shift, and how many are ticked.
for (const form of document.querySelectorAll("form[data-ticks]")) watch(form);

function watch(form) {
  const boxes = [...form.querySelectorAll("input[type=checkbox][name=item]")];
  const count = form.querySelector("[data-tick-count]");
  const all = form.querySelector("[data-tick-all]");
  let last = null;

  for (const box of boxes) {
    box.addEventListener("click", (event) => {
      if (event.shiftKey && last) between(boxes.indexOf(last), boxes.indexOf(box), box.checked);
      last = box;
      tell();
    });
  }
  all?.addEventListener("click", (event) => {
    event.preventDefault();
    const wanted = boxes.some((box) => !box.checked);
    for (const box of boxes) box.checked = wanted;
    tell();
  });
  tell();

  function between(one, other, checked) {
    for (const box of boxes.slice(Math.min(one, other), Math.max(one, other) + 1)) box.checked = checked;
  }
  function tell() {
    const ticked = boxes.filter((box) => box.checked).length;
    count.textContent = ticked ? `${ticked} ticked` : "";
    form.dataset.ticked = String(ticked);
    if (all) all.textContent = ticked === boxes.length ? "Tick none" : "Tick all on this page";
  }
}
