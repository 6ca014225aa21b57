// A textarea [data-text-only] takes no pictures or other files, pasted or dropped; a sentence below says what to do instead.
const PICTURE = "Pictures cannot be pasted: announcements are text, so that every reader gets all of it. Link to it instead.";
const FILE = "Files cannot be put into the text. Link to it instead.";

for (const textarea of document.querySelectorAll("[data-text-only]")) {
  const words = document.createElement("p");
  words.className = "field-refusal";
  words.setAttribute("role", "status");
  textarea.after(words);

  const refuse = (event) => {
    const carried = event.clipboardData || event.dataTransfer;
    const files = [...carried.files];
    words.textContent = "";
    if (!files.length || carried.getData("text/plain")) return; // Office programs send a picture of the text along with it.
    event.preventDefault();
    words.textContent = files.some((file) => file.type.startsWith("image/")) ? PICTURE : FILE;
  };
  textarea.addEventListener("paste", refuse);
  textarea.addEventListener("drop", refuse);
}
