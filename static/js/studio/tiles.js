// Pictures of prints, loaded once. A print's address is signed and ends after a while: then the page is asked for a new one.

const tiles = new Map();

/** The print's picture, or null until it is loaded: then `ready` is called. */
export function tileOf(print, ready = () => {}) {
  const known = tiles.get(print.id);
  if (known?.done) return known.picture;
  if (known) known.waiting.add(ready);
  else load(print, ready);
  return null;
}

function load(print, ready) {
  const entry = { picture: new Image(), done: false, waiting: new Set([ready]), asked: false };
  tiles.set(print.id, entry);
  entry.picture.addEventListener("load", () => {
    entry.done = true;
    for (const tell of entry.waiting) tell();
    entry.waiting.clear();
  });
  entry.picture.addEventListener("error", async () => {
    if (entry.asked) return;
    entry.asked = true;
    const answer = await fetch(`/studio/?pattern=${print.id}`);
    const data = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("print-side")?.dataset.print;
    if (data) entry.picture.src = JSON.parse(data).url;
  });
  entry.picture.src = print.url;
}
