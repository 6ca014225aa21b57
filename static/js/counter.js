// A textarea [data-counter][maxlength] says how much room is left once less than a fifth of it is.
for (const textarea of document.querySelectorAll("textarea[data-counter]")) {
  const limit = textarea.maxLength;
  const said = textarea.dataset.counter.includes("{count}") ? textarea.dataset.counter : "{count} characters left";
  const words = document.createElement("p");
  words.className = "field-count";
  words.setAttribute("role", "status");
  textarea.after(words);

  const count = () => {
    const left = limit - textarea.value.length;
    words.textContent = left < limit / 5 ? said.replace("{count}", left.toLocaleString(document.documentElement.lang || "en")) : "";
    words.dataset.state = left <= 0 ? "over" : "within";
  };
  textarea.addEventListener("input", count);
  count();
}
