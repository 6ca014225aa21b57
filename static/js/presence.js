// [data-beat=<address>] tells the portal that this page is being looked at, and shows who else looks at it.
const BEAT = 20_000;
const IDLE = 300_000; // A forgotten window does not keep its session alive.
const place = document.querySelector("[data-beat]");
let touchedAt = Date.now();

if (place) {
  beat();
  for (const kind of ["keydown", "pointermove"]) document.addEventListener(kind, () => { touchedAt = Date.now(); }, { passive: true });
  setInterval(() => { if (!document.hidden && Date.now() - touchedAt < IDLE) beat(); }, BEAT);
}

async function beat() {
  try {
    const body = new URLSearchParams({ csrf_token: place.dataset.token });
    const answer = await fetch(place.dataset.beat, { method: "POST", body, headers: { Accept: "application/json" } });
    if (answer.ok) show((await answer.json()).others);
  } catch { /* Offline: the page says what it knew. */ }
}

function show(others) {
  const list = document.querySelector("[data-presence]");
  if (others.join() === [...list.children].map((line) => line.textContent).join()) return;
  list.replaceChildren(...others.map((sentence) => Object.assign(document.createElement("p"), { textContent: sentence })));
}
