// Only the fields that the chosen kind of announcement uses are shown ([data-for-kind] lists its kinds), and only the levels of
// products that are chosen. What is hidden is left out by the portal too.
const kind = document.querySelector("[data-kind-choice]");
const parts = document.querySelectorAll("[data-for-kind]");
const lines = document.querySelectorAll("[data-product]");

const showParts = () => {
  for (const part of parts) part.hidden = !part.dataset.forKind.split(" ").includes(kind.value);
};
const showLevels = () => {
  const chosen = new Set([...document.querySelectorAll("input[name=products]:checked")].map((box) => box.value));
  for (const line of lines) {
    line.hidden = !chosen.has(line.dataset.product);
    line.querySelector("select").disabled = line.hidden;
  }
};

if (kind) {
  kind.addEventListener("change", showParts);
  showParts();
}
document.addEventListener("change", (event) => {
  if (event.target.name === "products") showLevels();
});
