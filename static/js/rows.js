// A list of [data-row]: whoever comes back to it from one of its lines stands where they left it.
const links = document.querySelectorAll("[data-row] a");
const last = sessionStorage.getItem("row-opened");
for (const link of links) link.addEventListener("click", () => sessionStorage.setItem("row-opened", link.pathname));
if (links.length && last && !document.querySelector("main > .notice")) {
  [...links].find((link) => link.pathname === last)?.focus({ preventScroll: false });
  sessionStorage.removeItem("row-opened");
}
