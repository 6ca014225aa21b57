// A button [data-copy=<id of an input>] copies that text and says so. Hidden until scripts run.
for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  const words = button.querySelector("span") || button;
  const usual = words.textContent;
  button.hidden = false;
  words.setAttribute("aria-live", "polite");
  source.addEventListener("focus", () => source.select());
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.value);
      words.textContent = button.dataset.copied || "Copied";
    } catch {
      source.select();
      words.textContent = button.dataset.byHand || "Press Ctrl+C";
    }
    setTimeout(() => { words.textContent = usual; }, 3000);
  });
}
