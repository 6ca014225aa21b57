// A textarea [data-preview-url][data-preview-into=<id>] shows, a moment after the last key, what the server makes of it.
for (const textarea of document.querySelectorAll("[data-preview-url]")) {
  const target = document.getElementById(textarea.dataset.previewInto);
  const token = textarea.form?.elements.namedItem("csrf_token")?.value || "";
  let timer = 0;
  let request = new AbortController();

  const show = async () => {
    request.abort();
    request = new AbortController();
    const body = new URLSearchParams({ text: textarea.value, csrf_token: token });
    try {
      const answer = await fetch(textarea.dataset.previewUrl, { method: "POST", body, signal: request.signal });
      if (answer.ok) target.innerHTML = await answer.text();
    } catch { /* Superseded by a newer text, or offline: the last preview stays. */ }
  };

  textarea.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, 400);
  });
  // [data-preview-late]: what has been read above already is shown again only to whoever goes on writing.
  if (textarea.dataset.previewLate) textarea.addEventListener("focus", () => { if (textarea.value && !target.childElementCount) show(); });
  else if (textarea.value) show();
}
